"""The page about a first monitor leads to what it promises: a real evaluator, a real Prometheus, an alert."""

import contextlib
import json
import re
import shlex
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

import tools
from cli.running import MODELMONITOR
from cli.test_page_examples import DOCS, blocks
from cluster.processes import DIE_WITH_PARENT

pytestmark = pytest.mark.promtool

PAGE = (DOCS / "first-monitor.md").read_text()
RULES = "out/ml.churn.rules.yaml"
FEATURES = ("age", "tenure", "monthly_charges", "support_calls", "plan", "sex")
_WAIT = 90.0


@dataclass(frozen=True)
class Running:
    """The programs of the page, as it starts them."""

    evaluator: str
    prometheus: str
    folder: Path

    def ask(self, query: str) -> dict[str, float]:
        """Return the values of an instant query by feature, or by name."""
        return {
            it["metric"].get("feature", it["metric"].get("alertname", "")): float(it["value"][1])
            for it in self.told(f"query?{urllib.parse.urlencode({'query': query})}")["result"]
        }

    def told(self, path: str) -> Any:
        """Return what Prometheus answers."""
        with urllib.request.urlopen(f"{self.prometheus}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]

    def wait(self, query: str, least: int = 1) -> dict[str, float]:
        """Return what a query yields as soon as it has so many series."""
        deadline = time.monotonic() + _WAIT
        while time.monotonic() < deadline:
            if len(found := self.ask(query)) >= least:
                return found
            time.sleep(0.5)
        logs = "\n".join(log.read_text()[-1000:] for log in self.folder.glob("*.log"))
        raise AssertionError(f"expected {least} series of {query} in {_WAIT:g} s, got {found}\n{logs}")

    def send(self, times: int, younger: float = 0) -> None:
        """Run the page's Python, with customers so many years younger."""
        (code,) = blocks(PAGE, "python")
        code = code.replace("Monitor()", f"Monitor({self.evaluator!r})")
        code = code.replace("manifests/", f"{self.folder}/manifests/")
        observing = "        monitor.observe("
        assert observing in code
        change = f"        features['age'] = features['age'] and features['age'] - {younger}\n"
        for _ in range(times):
            names: dict[str, Any] = {}
            exec(code.replace(observing, change + observing), names)  # noqa: S102
            assert names["monitor"].dropped == 0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Follow the page up to the evaluator and Prometheus; only ports and pauses are others."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "manifests").symlink_to(DOCS.parent / "manifests")
    for command in re.findall(r"^    modelmonitor (.*)$", PAGE, re.MULTILINE):
        subprocess.run([MODELMONITOR, *shlex.split(command)], cwd=folder, check=True, capture_output=True)
    rules = re.sub(r"(?<=- name: )(drift\S*\n  interval: )\S+", r"\g<1>2s", (folder / RULES).read_text())
    assert rules.count("interval: 2s") == 2
    (folder / RULES).write_text(rules)
    metrics, callers, asked = (f"127.0.0.1:{port}" for port in _free(3))
    config = _config()
    config["global"] = {"scrape_interval": "2s", "evaluation_interval": "2s"}
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [metrics]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    evaluator = _line("modelmonitor evaluator")[1:]
    commands = (
        [MODELMONITOR, *evaluator, "--http", metrics, "--listen", callers],
        [tools.binary("prometheus"), *_line("prometheus ")[1:], f"--web.listen-address={asked}"],
    )
    with contextlib.ExitStack() as ended:
        for command in commands:
            ended.enter_context(_process(command, folder))
        found = Running(f"http://{metrics}", f"http://{asked}", folder)
        _ready(f"http://{asked}/-/ready")
        found.wait("modelmonitor_feature_missing_total", 8)
        yield found


def _config() -> Any:
    return next(it for block in blocks(PAGE, "yaml") if "scrape_configs" in (it := yaml.safe_load(block)))


def _line(beginning: str) -> list[str]:
    """Return the only line of the page's shell blocks that begins so."""
    lines = "\n".join(blocks(PAGE, "sh")).splitlines()
    (line,) = (it for it in lines if it.startswith(beginning))
    return shlex.split(line)


def _free(number: int) -> list[int]:
    with contextlib.ExitStack() as open_:
        sockets = [open_.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextlib.contextmanager
def _process(command: list[Any], folder: Path) -> Iterator[None]:
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = subprocess.Popen([*DIE_WITH_PARENT, *command], cwd=folder, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def _ready(address: str) -> None:
    deadline = time.monotonic() + _WAIT
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"expected an answer at {address} within {_WAIT:g} s, got none")


def test_customers_like_those_of_the_reference_get_a_verdict_and_no_alert(running: Running) -> None:
    running.send(3)
    excess = running.wait("modelmonitor:drift:excess1h", 8)
    assert set(excess) == {*FEATURES, "@prediction", "@score"}
    assert max(excess.values()) < 0.5
    assert not running.ask('ALERTS{alertstate="firing"}')


def test_younger_customers_fire_the_alert_that_names_the_feature(running: Running) -> None:
    running.send(3, younger=20)
    running.wait('ALERTS{alertname="ModelFeatureDrift",alertstate="firing"}')
    drifted = running.ask("modelmonitor:drift:excess1h > 1")
    assert set(drifted) == {"age"}
    alerts = running.told("alerts")["alerts"]
    said = {it["labels"]["alertname"]: it["annotations"]["description"] for it in alerts}
    assert '"age"' in said["ModelFeatureDrift"]


def test_prometheus_evaluates_every_rule_without_an_error(running: Running) -> None:
    groups = running.told("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == sum(
        len(it["rules"]) for it in yaml.safe_load((running.folder / RULES).read_text())["groups"]
    )
    assert not [rule["lastError"] for rule in rules if rule.get("lastError")]
