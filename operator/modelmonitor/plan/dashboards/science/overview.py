"""The model in a few numbers, and which of its alerts are loud."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.plan import names
from modelmonitor.plan.dashboards import alarms, panels, style
from modelmonitor.plan.dashboards.shapes import About, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records

_TIMES = Scale("suffix:x", 2, low=0)
_BEYOND = style.thresholds(style.GOOD, (1, style.BAD))

_CALM = style.thresholds(style.CALM)


def sections(records: Records) -> Iterator[Section]:
    """Yield the numbers that are recorded in one line, and the alerts below."""
    numbers = tuple(_numbers(records))
    lines = (Line(4, numbers),) if numbers else ()
    if records.alerts:
        lines = (*lines, alarms.line(records))
    if lines:
        yield Section(lines)


def _numbers(records: Records) -> Iterator[Any]:
    if records.has(sure := records.of_quality(names.QUALITY_SURE_CHANGE)):
        yield _worse(records, sure)
    if records.has(excess := records.of_drift(names.DRIFT_EXCESS)):
        about = About(
            "Drift",
            "The worst distance of all features and predictions, as a multiple of the distance that surely "
            "is more than tolerated. Normal: below 1. Above it an alert fires; the ranking below says of "
            "what.",
        )
        yield panels.number(about, Query(f"max({records.of(excess)})", "worst"), _TIMES, _BEYOND)
    if asked := records.scope.monitor.spec.data_quality:
        flaws = f"max({records.of(f'{names.DATA_QUALITY}{asked.window}')})"
        about = About(
            "Flawed values",
            "The flaw that surely exceeds what is tolerated of it by most: how many times. Normal: 0, or "
            "well below 1. Above 1 callers send something else than the model was made for.",
        )
        if records.has(f"{names.DATA_QUALITY}{asked.window}"):
            yield panels.number(about, Query(flaws, "worst"), _TIMES, _BEYOND)
    if records.has(coverage := records.of_quality(names.COVERAGE)):
        yield covered(records, coverage)
    if records.has(rows := records.of_quality(names.QUALITY_ROWS)):
        about = About(
            "Labelled rows",
            f"Rows that quality rests on: predictions that matured within {records.scope.quality_window} and "
            "have a label (queries of a ranking). Normal: enough for a verdict below; the fewer, the more "
            "quality wavers by chance.",
        )
        query = Query(records.of(rows, f'{names.SEGMENT}=""'), "rows")
        yield panels.number(about, query, Scale("short", 1), _CALM)
    if records.has(names.THROUGHPUT):
        about = About(
            "Predictions",
            "Predictions per second, rows of batches counted apart, of all replicas over five minutes. "
            "Normal: the usual rhythm of the day.",
        )
        scale = Scale("suffix:/s", 1)
        yield panels.number(about, Query(records.of(names.THROUGHPUT), "now"), scale, _CALM)


def covered(records: Records, coverage: str) -> Any:
    """Show how many of the predictions that have matured got their label."""
    about = About(
        "Labels",
        f"Share of the predictions whose truth is known, of those that matured within the last "
        f"{records.scope.quality_window}. Normal: above 80 %. Below, quality speaks for a part only, and "
        "perhaps for the easier one.",
    )
    limits = style.thresholds(style.BAD, (0.5, style.WARNING), (0.8, style.GOOD))
    return panels.number(about, Query(records.of(coverage), "covered"), Scale("percentunit", 1), limits)


def _worse(records: Records, sure: str) -> Any:
    asked = records.scope.monitor.spec.degradation
    warning, critical = (float(it) for it in (asked.warning, asked.critical)) if asked else (0.05, 0.1)
    about = About(
        "Surely worse",
        "By how much the worst metric surely is worse than the reference's, relative to it: what is left of "
        f"the change once chance is taken off. Normal: 0 %. From {warning:.0%} on it warns, from "
        f"{critical:.0%} on it pages.",
    )
    limits = style.thresholds(style.GOOD, (warning, style.WARNING), (critical, style.BAD))
    worst = Query(f"max({records.of(sure)})", "worst")
    return panels.number(about, worst, Scale("percentunit", 1), limits)
