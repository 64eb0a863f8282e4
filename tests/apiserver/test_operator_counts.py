"""What evaluators count, asked of a real Prometheus in a few questions, and told in the status."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from apiserver.metrics import Records
from apiserver.replica import Replica, Space, eventually, monitor
from modelmonitor.cluster.prometheus import Prometheus
from modelmonitor.errors import PrometheusError
from modelmonitor.handlers import counted
from modelmonitor.report.sights import Counted, Distance, Evaluators, Verdicts
from modelmonitor.wire.config import Task
from modelmonitor.wire.families import DROPPED, INFO
from references import config_map, profile

pytestmark = pytest.mark.apiserver
Start = Callable[..., Replica]


async def answer(url: str) -> Mapping[tuple[str, str], Counted]:
    """Ask once something has been scraped."""
    async with aiohttp.ClientSession() as session:
        prometheus = Prometheus(session, url)
        async with asyncio.timeout(30):
            while not await scraped(prometheus):  # noqa: ASYNC110 - nothing else tells of a scrape
                await asyncio.sleep(0.1)
        return await counted.ask(prometheus)


async def scraped(prometheus: Prometheus) -> bool:
    try:
        return bool(await prometheus.query(INFO.name))
    except PrometheusError:  # it is starting
        return False


class OverTls(Records):
    """A target that counts one more TLS connection of `churn` at each scrape; `fraud` had one long ago."""

    def __call__(self, request: Any) -> None:
        self.scrapes = getattr(self, "scrapes", 0) + 1
        self.lines.clear()
        for name, count in {"churn": self.scrapes, "fraud": 1}.items():
            self.evaluate("", "counting", "one", name)
            self.add(DROPPED.name, count, name, reason="encrypted")
            self.add(DROPPED.name, self.scrapes, name, reason="unparsed")
        super().__call__(request)


async def test_connections_over_tls_are_told_while_there_are_new_ones(tmp_path: Path) -> None:
    with OverTls("ml").scraped(tmp_path) as prometheus:
        async with asyncio.timeout(30):
            while not (found := await answer(prometheus.url))["ml", "churn"].encrypted:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.2)
    assert not found["ml", "fraud"].encrypted


async def test_the_questions_mean_what_they_should(tmp_path: Path) -> None:
    records = Records("ml")
    for number in range(30):
        records.drift(f"f{number}", number / 10)
    records.drift('"new\\n"漢', 5.0)
    for feature, excess in {"age": 0.4, "tenure": 1.4, "plan": 0.3, "sex": 0.2}.items():
        records.drift(feature, excess, "fraud")
    records.starve("@score", "Prediction")
    records.add("modelmonitor:labels:coverage1d", 0.75)
    records.add("modelmonitor:labels:lag_seconds1d", 3600, quantile="0.5")
    records.add("modelmonitor:labels:lag_seconds1d", 7200, quantile="0.9")
    records.add("modelmonitor:quality:insufficient1h", 1, metric="MAE")
    records.evaluate("aaaaaaaaaa", "counting", "one")
    records.evaluate("aaaaaaaaaa", "counting", "two")
    records.evaluate("", "over_budget", "three")
    records.evaluate("", "unconfigured", "four", monitor="")
    with records.scraped(tmp_path) as prometheus:
        found = await answer(prometheus.url)
    churn, fraud = found["ml", "churn"], found["ml", "fraud"]
    worst = [one for one in churn.distances if one.excess is not None]
    assert {one.feature for one in worst} == {'"new\\n"漢', *(f"f{number}" for number in range(21, 30))}
    assert Distance("f29", "PSI", 2.9, 0.2, 5000) in worst
    assert Distance("@score", rows=7) in churn.distances
    assert churn.verdicts == {"Features": Verdicts(31, 20, 0), "Prediction": Verdicts(0, 0, 1)}
    assert (churn.coverage, churn.lag, churn.starved) == (0.75, 3600, frozenset({"MAE"}))
    assert set(churn.evaluators) == {
        Evaluators("counting", "aaaaaaaaaa", 2),
        Evaluators("over_budget", "", 1),
    }
    assert {one.feature for one in fraud.distances} == {"age", "tenure", "plan"}
    assert Distance("age", "PSI", 0.4, 0.2, 5000) in fraud.distances
    assert (fraud.coverage, fraud.evaluators) == (None, ())
    assert found["ml", ""].evaluators == (Evaluators("unconfigured", "", 1),)


def test_a_status_tells_what_evaluators_count(space: Space, replica: Start, tmp_path: Path) -> None:
    old, new = (profile("age", "tenure", rows=rows, task=Task.BINARY) for rows in (10_000, 20_000))
    records = Records(space.name)
    records.drift("age", 3.14159)
    records.drift("tenure", 0.2)
    records.starve("@score", "Prediction")
    records.add("modelmonitor:labels:coverage1d", 0.4321)
    records.add("modelmonitor:labels:lag_seconds1d", 11543, quantile="0.5")
    records.evaluate(old.hash, "counting", "one")
    model = {"task": "BinaryClassification", "classes": ["0", "1"]}
    with records.scraped(tmp_path) as prometheus:
        replica("--prometheus-url", prometheus.url, "--resync", "2")
        space.apply(config_map(old))
        quality = {"name": "right", "objective": 80, "sli": {"quality": {"metric": "Accuracy"}}}
        named = {"configMapRef": {"name": "churn-reference"}}
        space.apply(monitor(reference=named, drift={}, model=model, objectives=[quality]))
        assert eventually(lambda: space.status().get("summary", {}).get("drift") == "1 of 2"), space.status()
        status = space.status()
        assert [one["feature"] for one in status["drift"]] == ["age", "tenure", "@score"]
        assert status["drift"][0] == {"feature": "age", "statistic": "PSI", "value": 0.628, "critical": 0.2,
                                      "samples": 5000, "state": "Drift"}  # fmt: skip
        assert status["drift"][2] == {
            "feature": "@score",
            "samples": 7,
            "state": "NoData",
            "reason": "Insufficient",
        }
        assert status["labels"] == {"coverage": 0.432, "lagP50": "3h11m40s"}
        assert space.condition("LabelsFlowing")["reason"] == "FewLabels"
        assert space.condition("EvaluatorsFailing")["reason"] == "Counting"
        assert space.condition("ReferenceReady")["reason"] == "Counted"
        assert status["objectives"][0]["reason"] == "RulesNotLoaded"
        columns = space.cluster.kubectl("get", "modelmonitor", "churn", "-n", space.name).splitlines()
        assert "DRIFT" in columns[0]
        assert "1 of 2" in columns[1]

        space.apply(config_map(new))
        space.await_reason("ReferenceReady", "RollingOut")
        records.lines = [line.replace(old.hash, new.hash) for line in records.lines]
        space.await_reason("ReferenceReady", "Counted")
        records.lines = [line.replace("counting", "over_budget") for line in records.lines]
        space.await_reason("EvaluatorsFailing", "EvaluatorsOverBudget")
