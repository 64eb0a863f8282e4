"""Which values are missing, out of range, unseen or invalid more often than tolerated, worst first."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.plan import names
from modelmonitor.plan.dashboards import panels, style, tables
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.dashboards.tables import Column, Order

_KEY = f"{names.FEATURE}, {names.FLAW}"
_MOST_LINES, _MOST_ROWS = 6, 50


def sections(records: Records) -> Iterator[Section]:
    """Yield the worst flaws, now and over time."""
    asked = records.scope.monitor.spec.data_quality
    if asked is not None and records.has(f"{names.DATA_QUALITY}{asked.window}"):
        window = str(asked.window)
        line = Line(9, (_table(records, window), _over_time(records, window)), (14, 10))
        yield Section((line,), f"Data quality · the last {window}")


def _table(records: Records, window: str) -> Any:
    about = About(
        "Flaws",
        f"The {_MOST_ROWS} worst flaws: the share of rows that have it, that of the reference, and how many "
        "times what is tolerated beyond it is surely exceeded. Normal: 0, or well below 1. Above 1 an "
        "alert fires: ask the caller. Unseen: a category that the reference does not know. Invalid: not of "
        "the type of the column.",
    )
    excess = f"max by ({_KEY}) ({records.of(f'{names.DATA_QUALITY}{window}')})"
    worst = f"topk({_MOST_ROWS}, {excess})"

    def of_worst(record: str) -> str:
        return f"max by ({_KEY}) ({records.of(f'{record}{window}')}) and {worst}"

    percent, limits = (
        {"unit": "percentunit", "decimals": 2},
        style.thresholds(style.GOOD, (1, style.BAD)),
    )
    columns = (
        Column("Excess", worst, tables.gauge(limits, "suffix:x", decimals=2, high=3)),
        Column("Share", of_worst(names.FLAW_SHARE), percent),
        Column("Reference", of_worst(names.REFERENCE_FLAW_SHARE), percent),
        Column("Rows", of_worst(names.FLAW_ROWS), tables.WHOLE),
    )
    labels = {names.FEATURE: "Feature", names.FLAW: "Flaw"}
    return tables.joined(about, labels, columns, Order("Excess", descending=True))


def _over_time(records: Records, window: str) -> Any:
    about = About(
        "Worst over time",
        f"How many times the {_MOST_LINES} flaws that are worst now exceeded what is tolerated. Normal: at "
        "0, below the dashed line. A step has a date: look for the release of a caller.",
    )
    excess = records.of(f"{names.DATA_QUALITY}{window}")
    worst = f"topk({_MOST_LINES}, max by ({_KEY}) ({excess} @ end()))"
    legend = f"{{{{{names.FEATURE}}}}} · {{{{{names.FLAW}}}}}"
    asked = Query(f"max by ({_KEY}) ({excess}) and {worst}", legend)
    drawing = Drawing(style.limits((1, style.BAD)))
    return panels.graph(about, [asked], Scale("suffix:x", 2, low=0, soft_high=1.2), drawing)
