"""What Prometheus answers to the queries of a panel, once Grafana's variables are filled in."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from modelmonitor.cli.opening.span import Span

SCRAPE = 60
MOST_BARS = 120
MOST_POINTS = 360

Panel = dict[str, Any]
Chosen = Mapping[str, str]
"""What a reader chose of a dashboard's variables, by their names: the text of an option."""
ALL = "All"


class Asking(Protocol):
    """Whoever evaluates queries."""

    def instant(self, query: str, at: float) -> list[dict[str, Any]]:
        """Evaluate a query at one time."""

    def range(self, query: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """Evaluate a query from start to end."""


@dataclass(frozen=True, slots=True)
class Series:
    """One answer: its name as the legend shows it, its labels and its samples."""

    query: str
    name: str
    labels: Mapping[str, str]
    points: list[tuple[float, float]]


def read(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dashboard in a ConfigMap."""
    (text,) = manifest["data"].values()
    dashboard: dict[str, Any] = json.loads(text)
    return dashboard


def panels(dashboard: Mapping[str, Any]) -> Iterator[Panel]:
    """Yield every panel with queries, those in folded rows too."""
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels", ())


def choices(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the variables of a dashboard that have options."""
    return [it for it in dashboard["templating"]["list"] if it["type"] == "custom"]


def variables(
    dashboard: Mapping[str, Any], span: Span, step: int, chosen: Chosen | None = None
) -> dict[str, str]:
    """Return what Grafana puts in place of its variables: what is chosen, at first one option or all."""
    return {
        "__interval_ms": str(step * 1000),
        "__interval": f"{step}s",
        "__rate_interval": f"{max(step + SCRAPE, 4 * SCRAPE)}s",
        "__range": f"{span.seconds}s",
        **{it["name"]: _value(it, (chosen or {}).get(it["name"], "")) for it in choices(dashboard)},
    }


def _value(variable: Mapping[str, Any], text: str) -> str:
    """Return what stands for an option; for one that does not exist the value at first."""
    for option in variable["options"]:
        if option["text"] == text:
            return str(option["value"])
    if variable.get("includeAll"):
        return "(" + "|".join(one["value"] for one in variable["options"]) + ")"
    return str(variable["current"]["value"])


def filled(expression: str, values: Mapping[str, str]) -> str:
    """Put values in place of `$name`; KeyError names a variable that the dashboard does not have."""
    return re.sub(r"\$\{?([a-zA-Z_]\w*)\}?", lambda found: values[found[1]], expression)


def step_of(panel: Panel, span: Span) -> int:
    """Return the step that Grafana would take, in whole minutes: at least the panel's own."""
    points = MOST_BARS if _draws_bars(panel) else MOST_POINTS
    least = int(panel.get("interval", "1m").removesuffix("m")) * 60
    return max(least, -(-span.seconds // points // 60) * 60)


def queries(
    dashboard: Mapping[str, Any], panel: Panel, span: Span, chosen: Chosen | None = None
) -> list[str]:
    """Return the queries of a panel as they are asked."""
    values = variables(dashboard, span, step_of(panel, span), chosen)
    return [filled(target["expr"], values) for target in panel["targets"]]


def answers(
    prometheus: Asking, dashboard: Mapping[str, Any], panel: Panel, span: Span, chosen: Chosen | None = None
) -> list[list[Series]]:
    """Evaluate the queries of a panel over a time range; a list for each query."""
    step = step_of(panel, span)
    asked = queries(dashboard, panel, span, chosen)
    return [
        _answer(prometheus, target, query, (span, step))
        for target, query in zip(panel["targets"], asked, strict=True)
    ]


def _answer(
    prometheus: Asking, target: Mapping[str, Any], query: str, over: tuple[Span, int]
) -> list[Series]:
    span, step = over
    if target.get("instant"):
        found = [{**one, "values": [one["value"]]} for one in prometheus.instant(query, span.end)]
    else:
        start = -(-span.start // step) * step
        found = prometheus.range(query, start, span.end, step)
    return [
        Series(
            target["refId"],
            _name(target.get("legendFormat", ""), one["metric"]),
            one["metric"],
            [(float(time), float(value)) for time, value in one["values"]],
        )
        for one in found
    ]


def _name(form: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), form)


def _draws_bars(panel: Panel) -> bool:
    return bool(panel["fieldConfig"]["defaults"].get("custom", {}).get("drawStyle") == "bars")
