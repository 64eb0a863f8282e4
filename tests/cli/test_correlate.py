"""`modelmonitor correlate` on a real Prometheus, whose past is known."""

import itertools
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import yaml

from cli.conftest import Write
from cli.prometheus_with import Samples, prometheus_with
from cli.running import Program
from modelmonitor import api, plan
from modelmonitor.plan import alerts, business, names, promql, quality, truth
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import Scope
from monitors import monitor

pytestmark = pytest.mark.promtool

DAYS, DAY = 100, 86_400
MIDNIGHT = int(time.time()) // DAY * DAY
"""The last one."""
IDENTITY = {"namespace": "default", "monitor": "churn"}
BODY = monitor(
    model={"task": "BinaryClassification"},
    labels={},
    business=[
        {"name": "revenue-per-user", "query": "sum(increase(revenue[1d])) / sum(increase(users[1d]))"},
        {"name": "complaints", "query": "sum(rate(complaints[5m]))", "direction": "LowerIsBetter"},
    ],
)


def remembering(rng: np.random.Generator) -> list[float]:
    values = [0.0]
    for noise in rng.normal(size=DAYS + 20):
        values.append(0.7 * values[-1] + noise)
    return values[-DAYS:]


def daily(values: list[float]) -> Samples:
    """Values that stand until midnight, told every ten minutes of the last half hour."""
    days = enumerate(values, start=1 - len(values))
    return [(MIDNIGHT + day * DAY - back * 600, value) for day, value in days for back in (3, 2, 1, 0)]


def recorded(record: str, **labels: str) -> str:
    return promql.selector(record, {**IDENTITY, **labels})


def past() -> dict[str, Samples]:
    """Revenue follows the AUC three days later; nothing else has to do with anything."""
    rng = np.random.default_rng(20)
    auc, accuracy, coverage = (remembering(rng) for _ in range(3))
    revenue = [*rng.normal(size=3), *(8 * value for value in auc[:-3])]
    revenue = [value + noise for value, noise in zip(revenue, rng.normal(size=DAYS), strict=True)]
    return {
        recorded(f"{names.QUALITY}1d", metric="RocAuc"): daily([0.8 + value / 50 for value in auc]),
        recorded(f"{names.QUALITY}1d", metric="RocAuc", segment="region=north"): daily(revenue),
        recorded(f"{names.QUALITY}1d", metric="Accuracy"): daily(accuracy),
        recorded(f"{names.COVERAGE}1d"): daily(coverage),
        recorded(names.BUSINESS, business="revenue-per-user"): daily(revenue),
        recorded(names.BUSINESS, business="complaints"): daily(remembering(rng)),
        recorded(names.BUSINESS, business="complaints").replace("churn", "other"): daily(auc),
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus_with(tmp_path_factory.mktemp("correlate"), past()) as address:
        yield address


@pytest.fixture
def body(write: Write) -> str:
    return write("churn.yaml", BODY).name


def test_what_follows_is_found_with_its_delay_and_nothing_else(
    server: str, body: str, modelmonitor: Program
) -> None:
    ended = modelmonitor("correlate", body, "--prometheus", server, "-o", "json")
    assert (ended.returncode, ended.stderr) == (0, "")
    told = json.loads(ended.stdout)
    found = [it for it in told["pairs"] if it["direction"] in {"Same", "Opposite"}]
    assert [(it["model"], it["business"], it["lag"], it["direction"]) for it in found] == [
        ("RocAuc", "revenue-per-user", 3, "Same")
    ]
    assert (told["outcome"], told["steps"], found[0]["points"], found[0]["betterTogether"]) == (
        "Found",
        90,
        87,
        True,
    )
    assert found[0]["coefficient"] > 0.9
    assert len(told["pairs"]) == 4 * 2
    unknown = [it for it in told["pairs"] if it["direction"] == "Insufficient"]
    assert {it["model"] for it in unknown} == {"F1"}
    assert all(it["points"] == 0 and it["coefficient"] is None for it in unknown)
    assert told["to"] == time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(MIDNIGHT))


def test_the_same_is_told_to_people_within_a_hundred_columns(
    server: str, body: str, modelmonitor: Program
) -> None:
    ended = modelmonitor("correlate", body, "--prometheus", f"{server}/")
    lines = ended.stdout.splitlines()
    assert (ended.returncode, ended.stderr) == (0, "")
    assert lines[0] == "default/churn  90 steps of 1d, business up to 7d later, 8 pairs"
    assert lines[1].split() == ["MODEL", "BUSINESS", "LATER", "POINTS", "R", "P"]
    assert lines[2].split()[:5] == ["RocAuc", "revenue-per-user", "3d", "87", lines[2].split()[4]]
    assert lines[2].split()[-1] == "together"
    assert "When RocAuc is better, revenue-per-user is better, 3d later." in lines
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in ended.stdout


def test_colours_can_be_asked_for_and_switched_off(server: str, body: str, modelmonitor: Program) -> None:
    asked = ("correlate", body, "--prometheus", server)
    assert "\x1b[" in modelmonitor(*asked, FORCE_COLOR="1").stdout
    assert "\x1b[" not in modelmonitor(*asked, "--no-color", FORCE_COLOR="1").stdout


def test_a_search_for_what_is_not_there_says_so(server: str, body: str, modelmonitor: Program) -> None:
    asked = ("correlate", body, "--prometheus", server, "--metric", "Accuracy", "-o")
    told = yaml.safe_load(modelmonitor(*asked, "yaml").stdout)
    assert told["outcome"] == "NothingFound"
    assert told["says"] == ["Nothing found: chance alone would make the best of 4 pairs look as good."]


def test_too_few_days_are_told_as_such(write: Write, modelmonitor: Program, tmp_path: Any) -> None:
    young = {one: samples[-4 * 12 :] for one, samples in past().items()}
    file = write("churn.yaml", BODY).name
    with prometheus_with(tmp_path, young) as address:
        ended = modelmonitor("correlate", file, "--prometheus", address, "--lags", "2")
    assert ended.returncode == 0
    assert "Too few points: a pair needs 14 steps" in " ".join(ended.stdout.split())


def test_the_page_needs_nothing_else_and_draws_the_pairs(
    server: str, body: str, modelmonitor: Program
) -> None:
    page = modelmonitor("correlate", body, "--prometheus", server, "-o", "html").stdout
    assert not re.search(r"<script|https?://|src=|@import|url\(", page)
    assert "prefers-color-scheme:dark" in page
    drawn = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawn) == 6  # F1 was never told
    for svg in drawn:
        paths = [it.attrib["d"] for it in ET.fromstring(svg).iter("path")]  # noqa: S314 - our own
        assert len(paths) == 2
        assert all(path.count("L") >= 80 for path in paths)
    assert "RocAuc and revenue-per-user, drawn 3d earlier" in page


def test_the_monitor_of_the_page_says_what_it_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "business.md").read_text()
    example = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    spec = yaml.safe_load(example[0])["spec"]
    planned = plan.plan(api.parse(monitor(**spec)))
    assert {"cost", "business", "truth"} <= {group.name for group in planned.groups}


def test_records_that_are_read_are_records_that_are_made() -> None:
    scope = Scope.of(api.parse(BODY), None)
    links = alerts.Links("", "")
    rooms = (quality, truth, business)
    groups = itertools.chain.from_iterable(room.groups(scope, links) for room in rooms)
    made = {
        (rule.record, label, rule.labels[label])
        for rule in itertools.chain.from_iterable(group.rules for group in groups)
        if isinstance(rule, Recording)
        for label in ("metric", "business", "namespace")
        if label in rule.labels
    }
    assert {
        (f"{names.QUALITY}1d", "metric", "Accuracy"),
        (f"{names.QUALITY}1d", "metric", "RocAuc"),
        (f"{names.COVERAGE}1d", "namespace", "default"),
        (names.BUSINESS, "business", "complaints"),
    } <= made


WRONG = {
    "spec.business: expected at least one business metric, got none": {"business": []},
    "spec: expected something that is told of the model, over time, got nothing": {"labels": None},
    "spec.prometheus.url: expected the Prometheus that holds the series, got none": {},
}


@pytest.mark.parametrize("problem", WRONG)
def test_a_monitor_without_what_it_takes_is_told_at_its_line(
    problem: str, write: Write, modelmonitor: Program
) -> None:
    body = {**BODY, "spec": {**BODY["spec"], **WRONG[problem]}}
    ended = modelmonitor("correlate", write("churn.yaml", body).name)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.search(rf"churn\.yaml:\d+: {re.escape(problem)}", ended.stderr)


def test_what_is_no_prometheus_is_told_in_a_line(write: Write, modelmonitor: Program, server: str) -> None:
    body = write("churn.yaml", BODY).name
    closed = modelmonitor("correlate", body, "--prometheus", "http://127.0.0.1:9")
    assert closed.returncode == 1
    assert "expected series of Prometheus, got connection refused; check the address" in closed.stderr
    other = modelmonitor("correlate", body, "--prometheus", f"{server}/graph")
    assert (other.returncode, other.stdout) == (1, "")
    assert "is this a Prometheus?" in other.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--since", "10d"), "expected 21 to 10,000 steps, got 10"),
        (("--since", "90d", "--step", "1s"), "expected 21 to 10,000 steps"),
        (("--step", "0s"), "expected 21 to 10,000 steps"),
        (("--step", "soon"), "expected a duration such as"),
        (("--prometheus", "localhost:9090"), "begins with http:// or https://"),
    ],
)
def test_wrong_usage_is_status_2(
    options: tuple[str, ...], said: str, write: Write, modelmonitor: Program
) -> None:
    ended = modelmonitor("correlate", write("churn.yaml", BODY).name, *options)
    assert ended.returncode == 2
    assert said in " ".join(ended.stderr.split())


def test_a_metric_that_the_task_has_not_is_refused(body: str, modelmonitor: Program, server: str) -> None:
    ended = modelmonitor("correlate", body, "--prometheus", server, "--metric", "RMSE")
    assert ended.returncode == 1
    assert "expected a metric of it (Accuracy, " in ended.stderr
