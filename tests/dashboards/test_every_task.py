"""Dashboards of a monitor of each task, asked of a real Prometheus that real evaluators and its rules filled.

Names of columns, classes and categories are as odd as they come.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tools
from dashboards import boards, tasks
from evaluator.counters import worlds
from modelmonitor.api import ModelMonitor
from modelmonitor.cli.backtesting.scraped import Scrape
from modelmonitor.cli.backtesting.server import Server
from modelmonitor.cli.backtesting.storing import Storing
from modelmonitor.cli.opening import answers
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.plan import evaluation
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from preview import history
from preview.server import Prometheus

pytestmark = pytest.mark.promtool

END = 1_795_000_200 // 300 * 300
SPAN = history.Span(END - 45 * 60, END)
LATELY = history.Span(END - 15 * 60, END)
SILENT = {
    *("Trend", "Change over 28 days"),  # of some weeks
    *("Processor", "Memory", "Accelerator", "Accelerator memory"),  # of others' exporters
    "Lost on the way",
}


@pytest.fixture(scope="module", params=Task)
def seen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Task, Prometheus, list[dict[str, Any]]]]:
    """A Prometheus with three quarters of an hour of a task, and its dashboards."""
    tools.paths(["prometheus"])
    task: Task = request.param
    one = boards.evaluated(task)
    planned = boards.planned(one)
    with Prometheus(tmp_path_factory.mktemp("prometheus"), written=True) as prometheus:
        with prometheus.writer() as server:
            _count(server, one, task)
            for step in history.ordered(planned):
                history.evaluate(server, step, LATELY)
        yield task, prometheus, [answers.read(it) for it in planned.dashboards]


def _count(server: Server, one: ModelMonitor, task: Task) -> None:
    scheme, chance = evaluation.evaluated(one, tasks.reference(task)), np.random.default_rng(1)
    counters = Counters(scheme, "v1", "0.1.0")
    target = {"namespace": "ml", "pod": "churn-0"}
    storing = Storing(server, Scrape.of(counters, target, without=frozenset()))
    for family in (families.MODEL_UP, families.QUEUE_BYTES, families.QUEUE_LIMIT, families.PENDING):
        counters.gauge(family, 1.0)
    exchange = Exchange("POST", "/predict", {}, b"{}", 200, {}, b"{}", Outcome.OK, 0.0, 0.0625)
    for moment in range(SPAN.start, SPAN.end + 1, 60):
        counters.matured(worlds.cohort(scheme, counters.predicted(worlds.rows(task, 200, chance)), chance))
        counters.traffic.passed(exchange, predicts=True)
        counters.traffic.read(200)
        counters.labelled("joined", 140)
        counters.lag([30.0, 50.0])
        counters.traffic.fold()
        storing.take(moment * 1000)
    storing.flush()


def test_every_panel_has_data(seen: tuple[Task, Prometheus, list[dict[str, Any]]]) -> None:
    _, prometheus, dashboards = seen
    for dashboard in dashboards:
        for panel in answers.panels(dashboard):
            for target, found in zip(
                panel["targets"], answers.answers(prometheus, dashboard, panel, LATELY), strict=True
            ):
                values = [value for series in found for _, value in series.points]
                assert values or panel["title"] in SILENT, f"{panel['title']}: {target['expr']}"
                assert all(map(math.isfinite, values)), f"{panel['title']}: {target['expr']}"
                labels = [series.name for series in found]
                assert len(set(labels)) == len(labels) or target["format"] == "table", labels


def test_every_choice_leads_to_data(seen: tuple[Task, Prometheus, list[dict[str, Any]]]) -> None:
    _, prometheus, dashboards = seen
    science = dashboards[-1]
    for variable in [it for it in science["templating"]["list"] if it["type"] == "custom"]:
        asked = [it for it in answers.panels(science) if f"${variable['name']}" in str(it["targets"])]
        assert asked
        for option in variable["options"]:
            variable["current"] = option
            for panel in asked:
                found = answers.answers(prometheus, science, panel, LATELY)
                assert found[0], f"{variable['name']} {option['text']}: {panel['title']}"


def test_shares_of_cells_add_up_to_everything(seen: tuple[Task, Prometheus, list[dict[str, Any]]]) -> None:
    _, prometheus, dashboards = seen
    (panel,) = [
        it for it in answers.panels(dashboards[-1]) if it["type"] == "barchart" and "feature" in it["title"]
    ]
    for option in dashboards[-1]["templating"]["list"][-1]["options"]:
        dashboards[-1]["templating"]["list"][-1]["current"] = option
        for found in answers.answers(prometheus, dashboards[-1], panel, LATELY):
            assert sum(series.points[-1][1] for series in found) == pytest.approx(1, abs=1e-9), option


@pytest.mark.parametrize("task", Task)
def test_a_task_is_shown_what_it_has(task: Task) -> None:
    titles = {panel["title"] for _, panel in boards.panels(boards.evaluated(task))}
    shown = {
        "Confusion matrix": task in worlds.CLASSES,
        "Calibration": task in worlds.CLASSES,
        "Confidence": task in worlds.CLASSES,
        "Size of the error": task is Task.REGRESSION,
        "Metrics at K": task is Task.RANKING,
        "Gaps": task in tasks.FAIR,
    }
    assert {title: title in titles for title in shown} == shown
