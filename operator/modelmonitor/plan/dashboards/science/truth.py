"""How much of the truth came, how late, and what became of the labels."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.plan import names
from modelmonitor.plan.dashboards import panels, style
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.truth import LEAST_COVERAGE, QUANTILES

_QUANTILE_COLOURS = (style.SECOND, style.CALM)


def sections(records: Records) -> Iterator[Section]:
    """Yield coverage, lag and outcomes of labels."""
    if records.has(records.of_quality(names.COVERAGE)):
        panels_of = (_coverage(records), _lag(records), _outcomes(records))
        yield Section((Line(8, panels_of, (9, 8, 7)),), "Labels · coverage and lag")


def _coverage(records: Records) -> Any:
    limits = sorted((float(bound), severity) for severity, bound in LEAST_COVERAGE.items())
    about = About(
        "Coverage",
        "Share of the predictions that matured with a label, over the last "
        f"{records.scope.quality_window}. Normal: above {limits[-1][0]:.0%}, the upper dashed line. Below, "
        "quality speaks for a part only. Explicit: labels that somebody sent, where silence is one, too.",
    )
    asked = [Query(records.quality(names.COVERAGE), "covered")]
    if records.has(records.of_quality(names.EXPLICIT_COVERAGE)):
        asked.append(Query(records.quality(names.EXPLICIT_COVERAGE), "explicit"))
    lines = style.limits(*zip((bound for bound, _ in limits), (style.BAD, style.WARNING), strict=True))
    drawing = Drawing(lines, overrides=style.colours((style.CALM, style.SECOND)))
    return panels.graph(about, asked, Scale("percentunit", 1, low=0, high=1), drawing)


def _lag(records: Records) -> Any:
    labels = records.scope.monitor.spec.labels
    maturity = labels.maturity if labels else "24h"
    about = About(
        "Label lag",
        "From a prediction to its label: half of the labels came faster than the lower line, 95 % faster "
        f"than the upper one. Normal: well below the maturity of {maturity}; what comes later is not "
        "counted. Near it: make maturity longer.",
    )
    asked = [
        Query(records.quality(names.LABEL_LAG, f'{names.QUANTILE}="{it}"'), f"p{float(it) * 100:.0f}")
        for it in QUANTILES
    ]
    return panels.graph(about, asked, Scale("s", low=0), Drawing(overrides=style.colours(_QUANTILE_COLOURS)))


def _outcomes(records: Records) -> Any:
    about = About(
        "What became of labels",
        f"Labels that were sent within {records.scope.quality_window}. Joined: they met their prediction. "
        "Duplicate: said twice. Conflicting: said otherwise before. Late: after maturity. Unknown: no such "
        "prediction. Unsampled: not chosen. Normal: nearly all joined.",
    )
    sent = f"sum by ({names.OUTCOME}) ({records.quality(names.LABELS_SENT)})"
    share = f"{sent} / on () group_left () (sum({sent}) > 0)"
    asked = Query(f"sort_desc({share})", f"{{{{{names.OUTCOME}}}}}")
    return panels.bars(about, asked, Scale("percentunit", 1, low=0, high=1), style.thresholds(style.CALM))
