"""What colours, limits and words mean, the same on every dashboard."""

from collections.abc import Iterable
from typing import Any

from modelmonitor.plan.dashboards.grafana import dashboard
from modelmonitor.plan.dashboards.shapes import letter

GOOD, WARNING, BAD, UNKNOWN = "green", "orange", "red", "#8e8e8e"
CALM, SECOND, FAINT = "blue", "light-blue", "#8e8e8e"
PAIRS = ("blue", "purple", "orange", "green", "yellow")
"""The colours of burn-rate pairs in one panel: never those that a verdict has."""

NO_DATA = "no data"
NOT_ASKED = "-"
"""In a cell of a table: nobody asked for it, so that nothing is missing."""
NOBODY_KNOWS, UNSURE = 3, "too few rows"
LOW_BUDGET = 0.25
"""Share of the budget below which it is shown as nearly spent."""

DASHED = {
    "color": {"mode": "fixed", "fixedColor": FAINT},
    "custom.lineStyle": {"fill": "dash", "dash": [10, 8]},
}
"""What is compared with."""
MEASURED = {"color": {"mode": "fixed", "fixedColor": CALM}}
IDEAL = {**DASHED, "custom.showPoints": "never"}

MET, AT_RISK, BREACHED, NOT_MEASURED = range(4)
QUIET, PENDING, TICKET, PAGE = range(4)


def thresholds(base: str, *steps: tuple[float, str]) -> Any:
    """Return a colour for everything, and others from these values on."""
    return dashboard.ThresholdsConfig(
        mode=dashboard.ThresholdsMode.ABSOLUTE,
        steps=[dashboard.Threshold(None, base), *(dashboard.Threshold(*step) for step in sorted(steps))],
    )


def limits(*steps: tuple[float, str]) -> Any:
    """Return lines to draw at these values; what is drawn keeps its own colour."""
    return thresholds("transparent", *steps)


def budget_thresholds() -> Any:
    """Return the colours of what is left of an error budget."""
    return thresholds(BAD, (0, WARNING), (LOW_BUDGET, GOOD))


def states() -> list[Any]:
    """Return the words for the state of an objective."""
    return _words(
        (MET, "met", GOOD),
        (AT_RISK, "at risk", WARNING),
        (BREACHED, "breached", BAD),
        (NOT_MEASURED, NO_DATA, UNKNOWN),
    )


def alert_states() -> list[Any]:
    """Return the words for the state of an alert."""
    return _words(
        (QUIET, "quiet", "rgba(115, 191, 105, 0.25)"),
        (PENDING, "pending", "yellow"),
        (TICKET, "ticket", WARNING),
        (PAGE, "page", BAD),
    )


def judgements(*words: str, nothing: str = NO_DATA) -> list[Any]:
    """Give words to a judgement, from good to bad for 0, 1 and 2; 3 says that there are too few rows."""
    colours = (GOOD, WARNING, BAD, UNKNOWN)
    told = [(value, word, colours[value]) for value, word in enumerate((*words, UNSURE))]
    return _words(*told, nothing=nothing)


def _words(*words: tuple[int, str, str], nothing: str = NO_DATA) -> list[Any]:
    values = {
        str(value): dashboard.ValueMappingResult(text, colour, index=value) for value, text, colour in words
    }
    absent = dashboard.DashboardSpecialValueMapOptions(
        dashboard.SpecialValueMatch.NULL_AND_NAN,
        dashboard.ValueMappingResult(nothing, UNKNOWN, index=len(words)),
    )
    return [dashboard.ValueMap(values), dashboard.SpecialValueMap(absent)]


def by_query(queries: Iterable[str], **properties: Any) -> list[Any]:
    """Override properties of the series of queries, named by their letters."""
    values = [dashboard.DynamicConfigValue(name, value) for name, value in sorted(properties.items())]
    return [_override("byFrameRefID", query, values) for query in queries]


def colours(names: Iterable[str]) -> list[Any]:
    """Give the series of the first, second … query these colours."""
    return [
        override
        for position, name in enumerate(names)
        for override in by_query([letter(position)], color={"mode": "fixed", "fixedColor": name})
    ]


def by_name(name: str, properties: dict[str, Any]) -> Any:
    """Override properties of a column."""
    values = [dashboard.DynamicConfigValue(key, value) for key, value in properties.items()]
    return _override("byName", name, values)


def of_numbers(properties: dict[str, Any]) -> Any:
    """Override properties of all columns of numbers."""
    values = [dashboard.DynamicConfigValue(key, value) for key, value in properties.items()]
    return _override("byType", "number", values)


def _override(matcher: str, options: str, values: list[Any]) -> Any:
    return dashboard.DashboardFieldConfigSourceOverrides(
        matcher=dashboard.MatcherConfig(matcher, options), properties=values
    )
