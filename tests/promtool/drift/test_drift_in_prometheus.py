"""A real Prometheus evaluates the rules and renders their texts as promtool says."""

import contextlib
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tools
from cluster.processes import DIE_WITH_PARENT
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.plan import names, rulefile
from modelmonitor.plan.drift import budget
from modelmonitor.stats import drift
from modelmonitor.wire.families import Kind
from promtool.drift import alerting, columns, monitors
from promtool.drift.replicas import READ, Counts, fill
from promtool.runner import Json

pytestmark = pytest.mark.promtool

MINUTES = 75
WAIT = 60.0


def openmetrics(of: monitors.Scope, hour: Counts, now: int) -> Iterator[str]:
    """Yield what one replica told each minute, of traffic that has been the same all the time."""
    counters = Counters(of.scheme, "v1", "0.1.0")
    fill(counters, hour)
    for family in READ:
        if family in counters.bank:
            block = counters.bank.blocks[family]
            for head, value in zip(block.heads, block.values(), strict=True):
                name = head.strip().replace("{", '{namespace="default",pod="churn-0",', 1)
                for minute in range(MINUTES):
                    told = value if family.kind is Kind.GAUGE else value * minute / 60
                    yield f"{name} {told} {now - 60 * (MINUTES - 1 - minute)}"
    yield "# EOF"


@contextlib.contextmanager
def prometheus(folder: Path, samples: str, groups: list[Json]) -> Iterator[str]:
    """Run a Prometheus that has these samples and evaluates these rules each second; yield its address."""
    (folder / "samples.txt").write_text(samples + "\n")
    load = (tools.binary("promtool"), "tsdb", "create-blocks-from", "openmetrics")
    subprocess.run([*load, folder / "samples.txt", folder / "data"], check=True, stdout=subprocess.DEVNULL)
    rules = {"groups": [{**group, "interval": "1s"} for group in groups]}
    (folder / "rules.yaml").write_text(rulefile.to_yaml(rules))
    (folder / "prometheus.json").write_text(json.dumps({"rule_files": [str(folder / "rules.yaml")]}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [*DIE_WITH_PARENT, tools.binary("prometheus"), f"--config.file={folder}/prometheus.json",
               f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}"]  # fmt: skip
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def evaluated(address: str) -> list[dict[str, Any]]:
    """Give the rules once both alerts fire."""
    deadline = time.monotonic() + WAIT
    rules: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"{address}/api/v1/rules", timeout=20) as answer:
                groups = json.load(answer)["data"]["groups"]
            rules = [rule for group in groups for rule in group["rules"]]
            if sum(rule.get("state") == "firing" for rule in rules) == 2:
                return rules
        time.sleep(0.2)
    raise AssertionError(f"expected two alerts to fire within {WAIT:g} s, got {rules}")


def test_prometheus_evaluates_all_rules_and_tells_the_worst(tmp_path: Path) -> None:
    of = alerting.scope(features={"tolerate": 0.1})
    hour = alerting.counts(of, alerting.NAMES)
    samples = "\n".join(openmetrics(of, hour, int(time.time())))
    with prometheus(tmp_path, samples, monitors.rules(of)) as address:
        rules = evaluated(address)
    assert {(rule["health"], rule.get("lastError", "")) for rule in rules} == {("ok", "")}
    alerts = {rule["name"]: rule["alerts"][0] for rule in rules if rule["type"] == "alerting"}
    score = next(one for one in budget.asked(of.monitor, of.scheme) if one.column.name == "@score")
    finding = drift.judge(recovered.reference(score.column), hour["@score"], score.rule)
    numbers = f"PSI {finding.value:.3g}, tolerated 0.1, critical {finding.critical:.3g}, "
    told = alerts[names.FEATURE_DRIFT_ALERT]["annotations"]["description"]
    assert told.startswith("Over the last 1h, compared with the reference: ")
    assert told.count(numbers) == 5
    assert f"{json.dumps(columns.ODD, ensure_ascii=False)}: {numbers}" in told
    assert f'"@score": {numbers}' in alerts[names.PREDICTION_DRIFT_ALERT]["annotations"]["description"]
