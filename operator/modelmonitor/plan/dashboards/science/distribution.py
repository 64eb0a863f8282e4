"""The distribution of one feature, live against what it is compared with, and how far apart they are."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.plan import names
from modelmonitor.plan.dashboards import charts, panels, style
from modelmonitor.plan.dashboards.choices import Choice
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.drift.look import narrowed
from modelmonitor.wire import families

VARIABLE = "feature"
CHOSEN = f'{names.FEATURE}=~"${VARIABLE}"'
VALUES = "values"
"""The label that says in words which values fall into a cell."""
_SHARE = Scale("percentunit", 1, low=0)


def choices(records: Records) -> Iterator[Choice]:
    """Yield the choice of a feature: what the model answers first."""
    if records.has(records.of_drift(names.FEATURE_CELL)):
        watched = [column.name for column in records.scope.scheme.watched]
        ordered = sorted(watched, key=lambda name: not name.startswith("@"))
        yield Choice.of_texts(VARIABLE, "Feature", "The feature whose distribution is drawn.", ordered)


def sections(records: Records) -> Iterator[Section]:
    """Yield both distributions side by side, the distance over time, and the live shares over time."""
    if records.has(records.of_drift(names.FEATURE_CELL)):
        lines = (Line(9, (_both(records), _distance(records), _shares(records)), (9, 7, 8)),)
        yield Section(lines, f"Distribution · ${VARIABLE}")


def _both(records: Records) -> Any:
    drift = records.scope.monitor.spec.drift
    what = "last week" if drift and drift.against.value == "LastWeek" else "reference"
    about = About(
        f"Distribution of ${VARIABLE}",
        f"Share of the rows in each range of values, or of each category: now, and of the {what}. Ranges are "
        "quantiles of the reference, include their upper end, and are open at both ends. Normal: bars of the "
        "same height. Missing: no value. Other: a category that the reference does not know.",
    )
    live = _share(records, names.FEATURE_CELL, names.DRIFT_ROWS)
    known = _share(records, names.REFERENCE_CELL, names.DRIFT_REFERENCE_ROWS)
    asked = [Query(_named(records, live), "now"), Query(_named(records, known), what)]
    return charts.beside(about, (VALUES, names.CELL), asked, _SHARE)


def _distance(records: Records) -> Any:
    about = About(
        f"Distance of ${VARIABLE}",
        "How far live rows are from what they are compared with, the distance that is critical at this "
        "number of rows, and the one that is tolerated. Normal: below critical. Critical comes down to "
        "tolerated as rows become more.",
    )
    tolerance = records.of(names.DRIFT_TOLERANCE, CHOSEN)
    distance = records.of(records.of_drift(names.DRIFT_DISTANCE), CHOSEN)
    of_asked = f"{distance} and on ({names.FEATURE}, {names.STATISTIC}) {tolerance}"
    critical = records.of(records.of_drift(names.DRIFT_CRITICAL), CHOSEN)
    asked = [
        Query(f"max by ({names.STATISTIC}) ({of_asked})", f"{{{{{names.STATISTIC}}}}}"),
        Query(f"max({critical})", "critical"),
        Query(f"max({tolerance})", "tolerated"),
    ]
    overrides = [
        *style.colours((style.CALM, style.BAD, style.FAINT)),
        *style.by_query(["B", "C"], **{"custom.lineStyle": {"fill": "dash", "dash": [10, 8]}}),
    ]
    return panels.graph(about, asked, Scale("short", 3, low=0), Drawing(overrides=overrides))


def _shares(records: Records) -> Any:
    about = About(
        f"Shares of ${VARIABLE} over time",
        "Share of the live rows in each range of values, or of each category. Normal: lines that stay level, "
        "with the rhythm of the day. A line that rises names the values that become more frequent.",
    )
    live = _named(records, _share(records, names.FEATURE_CELL, names.DRIFT_ROWS))
    drawing = Drawing(last=False)
    return panels.graph(about, [Query(live, f"{{{{{VALUES}}}}}")], _SHARE, drawing)


def _share(records: Records, cells: str, rows: str) -> str:
    """Return the share of each cell of the chosen feature."""
    inside, every = (records.of(records.of_drift(it), CHOSEN) for it in (cells, rows))
    return f"sum by ({names.CELL}) ({inside}) / on () group_left () (sum({every}) > 0)"


def _named(records: Records, shares: str) -> str:
    """Say of each cell which values it holds: those between its edges, a category, or none."""
    edges = narrowed(records.scope.counted(families.REFERENCE_COUNT), CHOSEN)
    ends = f"max by ({names.CELL}, le, below) ({edges})"
    short = "(-?[0-9]+[.][0-9]{4})[0-9]+"
    for end in ("le", "below"):
        ends = f'label_replace({ends}, "{end}", "$1", "{end}", "{short}")'
    words = f'label_join({ends}, "{VALUES}", " to ", "below", "le")'
    for matched, put in (
        (" to (.+)", "up to $1"),
        ("(.+) to [+]Inf", "above $1"),
        ("up to above.*|up to [+]Inf", "any number"),
    ):
        words = f'label_replace({words}, "{VALUES}", "{put}", "{VALUES}", "{matched}")'
    for matched, put in (("(missing)", "$1"), ("c:((?s:.*))", "$1"), ("c:__other__", "other")):
        words = f'label_replace({words}, "{VALUES}", "{put}", "{names.CELL}", "{matched}")'
    named = f"0 * max by ({names.CELL}, {VALUES}) ({words}) + on ({names.CELL}) group_left () ({shares})"
    return f'label_replace({named}, "{names.CELL}", "last", "{names.CELL}", "c:__other__|missing")'
