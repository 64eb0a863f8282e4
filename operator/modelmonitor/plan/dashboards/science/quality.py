"""Quality now against the reference, over time, by segment, and where it is going."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.plan import names, promql
from modelmonitor.plan.dashboards import panels, style, tables
from modelmonitor.plan.dashboards.choices import Choice
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section, letter
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.dashboards.tables import Column, Order
from modelmonitor.plan.degradation import metrics as judged
from modelmonitor.plan.degradation import trend
from modelmonitor.wire import families, measures
from modelmonitor.wire.config import Task

VARIABLE = "metric"
CHOSEN = f'{names.METRIC}="${VARIABLE}"'
_LEGEND = f"{{{{{names.METRIC}}}}}"
_MOST_LINES = 8
_VALUE = {"unit": "short", "decimals": 4}
_WHOLE = tuple(f'{label}=""' for label in (names.SEGMENT, names.CLASS, names.THRESHOLD, names.AVERAGE))
_OF_TASK = tuple(f'{label}=""' for label in (names.CLASS, names.THRESHOLD, names.AVERAGE))


def metrics(records: Records) -> list[str]:
    """Return the metrics of the task, those that are judged first, rankings' at each depth."""
    scheme = records.scope.scheme
    every = [
        name
        for one in measures.MEASURES
        if scheme.task in one.tasks
        for name in ([f"{one.name}@{k}" for k in scheme.depths] if one.with_depth else [one.name])
    ]
    if scheme.task is Task.REGRESSION:
        every.append("Bias")
    first = [it for it in judged.chosen(records.scope) or judged.SUMMARY[scheme.task] if it in every]
    return list(dict.fromkeys([*first, *every]))


def choices(records: Records) -> Iterator[Choice]:
    """Yield the choice of a metric."""
    if records.has(records.of_quality(names.QUALITY)):
        about = "The metric that is drawn over time, by segment and by version."
        yield Choice.of_words(VARIABLE, "Metric", about, metrics(records))


def sections(records: Records) -> Iterator[Section]:
    """Yield a table of all metrics and one of them over time; then segments; then the trend."""
    if not records.has(records.of_quality(names.QUALITY)):
        return
    window = records.scope.quality_window
    lines = [Line(_height(records), (_table(records), _over_time(records)), (14, 10))]
    if records.scope.scheme.segments:
        lines.append(Line(9, (_segments(records), _segments_over_time(records)), (10, 14)))
    if records.has(names.QUALITY_TREND):
        lines.append(Line(7, (_trend(records), _change(records)), (14, 10)))
    yield Section(tuple(lines), f"Quality · predictions that matured within {window}")


def reference(records: Records, *matchers: str) -> str:
    """Return the metrics of the reference, which every replica tells."""
    found = records.scope.counted(families.REFERENCE_METRIC)
    return f"max by ({names.METRIC}) ({','.join([found[:-1], *matchers])}}})"


def verdict(records: Records) -> str:
    """Return of each judged metric: 0 good enough, 1 surely worse, 2 much worse, 3 too few rows."""
    asked = records.scope.monitor.spec.degradation
    if asked is None:
        raise ValueError("monitor: expected one with spec.degradation, got one without; nothing is judged")
    sure = records.quality(names.QUALITY_SURE_CHANGE)
    warning, critical = (f"({sure} > bool {promql.number(it)})" for it in (asked.warning, asked.critical))
    judged_so = f"{warning} + {critical}"
    unsure = f"{records.quality(names.QUALITY_INSUFFICIENT)} == 1"
    return f"max by ({names.METRIC}) (3 * ({unsure}) or {judged_so})"


def _height(records: Records) -> int:
    return min(3 + len(metrics(records)), 15)


def _table(records: Records) -> Any:
    about = About(
        "Metrics",
        "Every metric of the task over all mature, labelled predictions, and what the reference had. Worse "
        "by: the change for the worse, relative to the reference (below 0 it is better). Surely worse by: "
        "what is left of it once chance is taken off; only this alarms. Normal: as good as the reference. "
        "Too few rows: a change of twice the tolerated size could not be seen yet. A dash: the reference "
        "does not have it, or degradation does not ask for it.",
    )
    now, dash = records.quality(names.QUALITY, *_WHOLE), {"noValue": style.NOT_ASKED}
    columns = [Column("Now", f"max by ({names.METRIC}) ({now})", _VALUE)]
    if records.scope.scheme.profile is not None and records.scope.scheme.profile.metrics:
        columns.append(Column("Reference", reference(records), {**_VALUE, **dash}))
    if records.has(records.of_quality(names.QUALITY_SURE_CHANGE)):
        percent = {"unit": "percentunit", "decimals": 1, **dash}
        change, sure = (
            f"max by ({names.METRIC}) ({records.quality(it)})"
            for it in (names.QUALITY_CHANGE, names.QUALITY_SURE_CHANGE)
        )
        verdicts = style.judgements("good enough", "worse", "much worse", nothing=style.NOT_ASKED)
        columns += [
            Column("Worse by", change, percent),
            Column("Surely worse by", sure, percent),
            Column("Verdict", verdict(records), {**tables.word(verdicts), **dash}),
        ]
    return tables.joined(about, {names.METRIC: "Metric"}, columns, Order("Metric"))


def _over_time(records: Records) -> Any:
    about = About(
        f"${VARIABLE} over time",
        f"The chosen metric over the last {records.scope.quality_window} at each moment, and the "
        "reference's as a dashed line. Normal: close to the dashed line, with some noise. A step is a "
        "release or a broken input: compare with versions and drift below. A gap: too little was labelled "
        "to tell the metric.",
    )
    asked = [Query(records.quality(names.QUALITY, CHOSEN, *_WHOLE), "now")]
    overrides = style.colours((style.CALM,))
    if records.scope.scheme.profile is not None:
        asked.append(Query(reference(records, CHOSEN), "reference"))
        overrides = [*overrides, *style.by_query([letter(1)], **style.DASHED)]
    return panels.graph(about, asked, Scale("short", 4), Drawing(overrides=overrides))


def _segments(records: Records) -> Any:
    about = About(
        f"${VARIABLE} by segment",
        "The chosen metric of each segment and the rows that it rests on. Normal: all about the same. A "
        "small segment wavers: look at its rows before you believe a difference. Click a column to sort.",
    )
    by, other = f"max by ({names.SEGMENT})", f'{names.SEGMENT}!=""'
    columns = (
        Column("Now", f"{by} ({records.quality(names.QUALITY, CHOSEN, other, *_OF_TASK)})", _VALUE),
        Column("Rows", f"{by} ({records.quality(names.QUALITY_ROWS, other)} > 0)", tables.WHOLE),
    )
    return tables.joined(about, {names.SEGMENT: "Segment"}, columns, Order("Rows", descending=True))


def _segments_over_time(records: Records) -> Any:
    about = About(
        f"${VARIABLE} by segment over time",
        f"The chosen metric of the {_MOST_LINES} segments that have most rows now. Normal: lines that move "
        "together. One that leaves the others is a group of customers for whom the model fails.",
    )
    other = f'{names.SEGMENT}!=""'
    value = f"max by ({names.SEGMENT}) ({records.quality(names.QUALITY, CHOSEN, other, *_OF_TASK)})"
    largest = f"topk({_MOST_LINES}, {records.quality(names.QUALITY_ROWS, other)} @ end())"
    asked = Query(f"{value} and on ({names.SEGMENT}) {largest}", f"{{{{{names.SEGMENT}}}}}")
    return panels.graph(about, [asked], Scale("short", 4), Drawing())


def _trend(records: Records) -> Any:
    chosen = judged.chosen(records.scope)
    limit = float(trend.quantile(records.scope, len(chosen)))
    about = About(
        "Trend",
        f"Whether quality goes down day by day over {trend.DAYS} days: the score of a test for trends that "
        "knows that days resemble the day before. Normal: between the dashed line and anything below it; "
        "below 0 it gets better. Above the line for a day there is an alert, if the change is large "
        "enough, too. It needs some weeks to say anything.",
    )
    asked = Query(f"max by ({names.METRIC}) ({records.of(names.QUALITY_TREND)})", _LEGEND)
    drawing = Drawing(style.limits((limit, style.BAD)))
    return panels.graph(about, [asked], Scale("short", 2, soft_high=1.1 * limit), drawing)


def _change(records: Records) -> Any:
    about = About(
        f"Change over {trend.DAYS} days",
        "How much worse each metric became by the median slope of all pairs of days, in its own unit; "
        "below 0 it became better. Normal: next to nothing.",
    )
    asked = Query(f"sort_desc(max by ({names.METRIC}) ({trend.worsening(records.scope)}))", _LEGEND)
    return panels.graph(about, [asked], Scale("short", 4), Drawing())
