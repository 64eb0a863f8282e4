"""Monitors for the scenarios, and what can be asked of their rules."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from modelmonitor import api, plan
from modelmonitor.plan import names, promql
from monitors import monitor, objective
from promtool.runner import MINUTE, Ask, Json, firing

Rules = Callable[[Json], list[Json]]
HOUR = 60 * MINUTE

RATE = {
    "error": 'sum(rate(requests_total{code="500"}[{{.window}}]))',
    "total": "sum(rate(requests_total[{{.window}}]))",
}


GROUPED = {name: query.replace("sum(", "sum by (plan) (") for name, query in RATE.items()}


def rules(body: Json) -> list[Json]:
    """Make the groups of a monitor's rules, as Prometheus reads them."""
    return [group.to_dict() for group in plan.plan(api.parse(body)).groups]


def events(queries: Json = RATE, **fields: Any) -> Json:
    """Give a monitor with one objective over events; scraped every minute, as the simulations are."""
    sli = {"sli": {"events": queries}} | fields
    own = objective("works", **({"objective": 99, "window": "30d"} | sli))
    return monitor(objectives=[own], prometheus={"scrapeInterval": "60s"})


def identity(group: str = "", **labels: str) -> dict[str, str]:
    """Give the labels of every series of the objective."""
    name = {"slo_id": "default/churn/works", "slo_name": "works", "slo_service": "churn"}
    return {**name, "namespace": "default", "monitor": "churn", **labels}


def burning(*, pair: str = "page-quick", severity: str = "critical", **labels: str) -> dict[str, float]:
    """Give the one alert that fires."""
    return {firing(names.BURN_ALERT, **identity(severity=severity, pair=pair, **labels)): 1}


def page(at: int, expected: dict[str, float] | None = None) -> Ask:
    """Ask whether the quickest pair fires, so many minutes after the start."""
    return Ask(firing(names.BURN_ALERT, pair="page-quick"), at * MINUTE, expected or {})


def never_burns(until: int) -> Ask:
    """Ask whether any alert but absence has fired until then."""
    return Ask(f"count_over_time({firing(names.BURN_ALERT)}[{until + 1}m])", until * MINUTE, {})


def true(expr: str, at: int, step: Fraction = MINUTE) -> Ask:
    """Ask whether a comparison of one series holds."""
    return Ask(f"sum(({expr}) * 0 + 1)", at * step, {"{}": 1})


def ratio(window: str = "5m") -> str:
    """Select the recorded error ratio of a window."""
    return f"slo:sli_error:ratio_rate{window}"


def text(labels: dict[str, str]) -> str:
    return promql.selector("", labels)
