"""Every panel asks a real Prometheus that holds two days of the example's history.

Requests are made up, and counted by real evaluators; recorded series and alerts are what Prometheus answers
to the plan's own expressions. No panel may be empty, those about alerts included: they read 0 while the rules
run.
"""

import math
from collections.abc import Iterator
from html import escape
from typing import Any

import pytest

import tools
from dashboards import boards
from modelmonitor.cli.opening import answers, asking, page
from modelmonitor.cli.opening.page import Board
from modelmonitor.cli.opening.view import View
from modelmonitor.plan import names
from modelmonitor.plan.dashboards.queries import OfMonitor
from modelmonitor.plan.dashboards.style import AT_RISK, BREACHED, MET, NOT_MEASURED, PAGE, QUIET, TICKET
from preview import history
from preview.example import MONITOR
from preview.server import Prometheus

pytestmark = pytest.mark.promtool

END = 1_795_000_200 // 300 * 300
DAYS = history.Span(END - 2 * history.DAY, END)
HOURS = DAYS.last(6 * history.HOUR)
COUNTING = DAYS.last(14 * history.HOUR)
"""Six hours of truth before the first look, which comes two hours late."""
PANELS = [
    pytest.param(dashboard, panel, id=f"{name.rpartition('-')[2]}-{panel['id']}-{panel['title']}")
    for name, dashboard in boards.read(MONITOR).items()
    for panel in answers.panels(dashboard)
]
OBJECTIVES = {objective.name for objective in MONITOR.spec.objectives}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus with the history of two days."""
    tools.paths(["prometheus", "promtool"])
    with Prometheus(tmp_path_factory.mktemp("prometheus"), written=True) as running:
        history.record(running, DAYS, COUNTING, lambda _: None)
        yield running


@pytest.mark.parametrize("span", [HOURS, DAYS], ids=["six hours", "two days"])
@pytest.mark.parametrize(("dashboard", "panel"), PANELS)
def test_no_panel_is_empty(
    prometheus: Prometheus, dashboard: dict[str, Any], panel: dict[str, Any], span: history.Span
) -> None:
    for target, found in zip(
        panel["targets"], answers.answers(prometheus, dashboard, panel, span), strict=True
    ):
        values = [value for series in found for _, value in series.points]
        assert values, f"{target['refId']}: no data for {target['expr']}"
        assert all(map(math.isfinite, values)), target["expr"]
        labels = [series.name for series in found]
        if target["format"] != "table":
            assert all(labels), target["legendFormat"]
            assert len(set(labels)) == len(labels), f"one name for two series: {labels}"


@pytest.mark.parametrize("dashboard", boards.read(MONITOR).values(), ids=lambda it: str(it["title"]))
def test_every_panel_is_drawn_on_the_page(prometheus: Prometheus, dashboard: dict[str, Any]) -> None:
    seen = View(end=HOURS.end, since="6h", whole=True)
    text = page.page(Board(dashboard, {}), seen, asking.answered(prometheus, dashboard, seen), "")
    shown = page.shown(dashboard, seen)
    assert text.count('<section class="panel') == len(shown) > 5
    assert all(f">{escape(panel['title'])}</h3>" in text for panel in shown if "$" not in panel["title"])
    assert 'class="none' not in text
    assert page.height(dashboard, seen) > max(panel["gridPos"]["y"] for panel in shown) * 38


def test_states_say_what_budgets_and_alerts_say(prometheus: Prometheus) -> None:
    states = _by_objective(prometheus, OfMonitor(MONITOR).state())
    budgets = _by_objective(prometheus, OfMonitor(MONITOR).budget_left())
    alerts = _by_objective(prometheus, OfMonitor(MONITOR).alerts())
    assert set(states) == OBJECTIVES
    for name, state in states.items():
        burning = AT_RISK if alerts[name] in {TICKET, PAGE} else MET
        assert state == (BREACHED if budgets[name] < 0 else burning), name
    assert {BREACHED, MET} <= set(states.values())


def test_objectives_met_are_counted(prometheus: Prometheus) -> None:
    states = _by_objective(prometheus, OfMonitor(MONITOR).state())
    (met,) = prometheus.instant(OfMonitor(MONITOR).met(), END)
    assert float(met["value"][1]) == sum(state in {MET, AT_RISK} for state in states.values())


def test_what_was_reached_agrees_with_the_budget_that_is_left(prometheus: Prometheus) -> None:
    queries = OfMonitor(MONITOR)
    reached, target, left = (
        _by_objective(prometheus, query) for query in (queries.sli(), queries.target(), queries.budget_left())
    )
    for name in OBJECTIVES:
        spent = (1 - reached[name]) / (1 - target[name])
        assert spent == pytest.approx(1 - left[name], rel=1e-9), name


def test_the_least_budget_comes_first(prometheus: Prometheus) -> None:
    found = prometheus.instant(f"sort({OfMonitor(MONITOR).budget_left()})", END)
    left = [float(one["value"][1]) for one in found]
    assert len(left) == len(OBJECTIVES)
    assert left == sorted(left)


def test_an_outage_pages_once_for_each_objective_it_burns(prometheus: Prometheus) -> None:
    query = answers.filled(OfMonitor(MONITOR).raised(pages=True, each=True), {"__range": "6h"})
    pages = _by_objective(prometheus, query)
    paged = prometheus.range(OfMonitor(MONITOR).alerts(), HOURS.start, HOURS.end, 60)
    for series in paged:
        name = series["metric"][names.SLO_NAME]
        loud = [float(value) == PAGE for _, value in series["values"]]
        began = sum(now and not before for before, now in zip([False, *loud], loud, strict=False))
        assert pages[name] == began, name
    assert pages["availability"] >= 1
    assert pages["fast"] == QUIET


def test_an_objective_whose_rules_run_but_measure_nothing_has_no_data(prometheus: Prometheus) -> None:
    known = OfMonitor(MONITOR).known()
    nothing = OfMonitor(MONITOR).state().replace(names.BUDGET_REMAINING, "absent_series")
    assert set(_by_objective(prometheus, known)) == OBJECTIVES
    states = _by_objective(prometheus, nothing)
    assert states["fast"] == NOT_MEASURED


def test_a_monitor_whose_rules_do_not_run_has_no_state_at_all(prometheus: Prometheus) -> None:
    other = boards.monitor(boards.availability(), dashboards={"kinds": ["Technical"]})
    own = [expression for _, expression in boards.expressions(other) if "slo_id=" in expression]
    assert own
    for expression in own:
        assert prometheus.instant(expression, END) == [], expression


def _by_objective(prometheus: Prometheus, query: str) -> dict[str, float]:
    found = prometheus.instant(query, END)
    return {one["metric"][names.SLO_NAME]: float(one["value"][1]) for one in found}
