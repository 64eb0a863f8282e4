"""What a model is worth, in plain words: quality, drift, labels, cost, fairness, business."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.api.quality import BusinessMetric, Direction
from modelmonitor.plan import names, promql
from modelmonitor.plan.dashboards import panels, style
from modelmonitor.plan.dashboards.science import drift, fairness, overview, quality
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.scope import FIVE_MINUTES

_IN_A_LINE = 3
_TILES_IN_A_LINE = 6
_MONEY = "in the currency of your costs"


def sections(records: Records) -> Iterator[Section]:
    """Yield what is known of the model; nothing where nothing is asked."""
    tiles = [*_states(records), *_amounts(records)]
    lines = [
        Line(4, tuple(tiles[start : start + _TILES_IN_A_LINE]))
        for start in range(0, len(tiles), _TILES_IN_A_LINE)
    ]
    if gaps := fairness.asked(records):
        lines.append(Line(3 * -(-len(gaps) // 4), (_compliance(records),)))
    if records.has(records.of_quality(names.QUALITY_CHANGE)):
        lines.append(Line(8, (_kept(records),)))
    business = [_business(records, it) for it in records.scope.monitor.spec.business]
    lines += [
        Line(7, tuple(business[start : start + _IN_A_LINE])) for start in range(0, len(business), _IN_A_LINE)
    ]
    if lines:
        yield Section(tuple(lines), "The model")


def _states(records: Records) -> Iterator[Any]:
    if records.has(records.of_quality(names.QUALITY_SURE_CHANGE)):
        about = About(
            "Quality",
            "Whether the model's answers are as good as when it was approved: the worst of the metrics "
            "that are judged. Worse and much worse are sure, not chance. Normal: good enough. Too few rows: "
            "the truth of too few predictions is known yet.",
        )
        words = style.judgements("good enough", "worse", "much worse")
        yield panels.tiles(about, Query(_worst(quality.verdict(records)), "against the reference"), words)
    if records.has(records.of_drift(names.DRIFT_EXCESS)):
        about = About(
            "Questions and answers",
            "Whether the questions that the model gets, or its answers, have surely changed more than is "
            "tolerated. Normal: as expected. Changed does not mean wrong: ask whether the world, a caller or "
            "the model has changed, and watch quality.",
        )
        words = style.judgements("as expected", "questions changed", "answers changed")
        yield panels.tiles(about, Query(_worst(drift.verdict(records)), "against the reference"), words)
    if records.has(coverage := records.of_quality(names.COVERAGE)):
        yield overview.covered(records, coverage)


def _worst(verdict: str) -> str:
    """Return the worst that is known; that nobody knows only where nothing is."""
    return f"max(({verdict}) < {style.NOBODY_KNOWS}) or max({verdict})"


def _amounts(records: Records) -> Iterator[Any]:
    if records.has(names.PREDICTED_LATELY):
        about = About(
            "Predictions",
            "Predictions made in the time shown, of all replicas. Normal: as many as your business has "
            "cases.",
        )
        query = Query(_made(records), "in the time shown")
        yield panels.number(about, query, Scale("short", 1), style.thresholds(style.CALM))
    if records.has(cost := records.of_quality(names.COST)):
        about = About(
            "Cost per prediction",
            f"What wrong answers cost for each prediction, {_MONEY}: over the last "
            f"{records.scope.quality_window}, by the predictions whose truth is known. Normal: level, and "
            "below what the model earns.",
        )
        query = Query(records.of(cost), "now")
        yield panels.number(about, query, Scale("short", 3), style.thresholds(style.CALM))
        about = About(
            "Cost",
            f"What wrong answers cost in the time shown, {_MONEY}: the mean cost of a prediction times all "
            "predictions made, as if those without a label were like the others. Normal: what was planned "
            "for.",
        )
        whole = f"avg_over_time({records.of(cost)}[$__range]) * on () ({_made(records)})"
        yield panels.number(about, Query(whole, "total"), Scale("short", 1), style.thresholds(style.CALM))


def _made(records: Records) -> str:
    """Return the predictions of the time shown; each record of five minutes reaches one scrape further."""
    step, scrape = (it.milliseconds for it in (FIVE_MINUTES, records.scope.scrape_interval))
    lately = records.of(names.PREDICTED_LATELY)
    return (
        f"sum(sum_over_time({lately}[$__range])) * {step // 1000} / {promql.number((step + scrape) / 1000)}"
    )


def _compliance(records: Records) -> Any:
    about = About(
        "Compliance",
        "Whether groups are treated alike, for each gap that is limited. Within: the gap is accepted. "
        "Perhaps beyond: it is larger, but that may be chance. Beyond: it surely is larger. No data: a "
        "group is too small to be compared. Normal: within.",
    )
    legend = f"{{{{{names.METRIC}}}}} · {{{{{names.ATTRIBUTE}}}}}"
    words = style.judgements(*fairness.WORDS)
    return panels.tiles(about, Query(fairness.verdicts(records), legend), words)


def _kept(records: Records) -> Any:
    asked = records.scope.monitor.spec.degradation
    bounds = (float(1 - asked.warning), float(1 - asked.critical)) if asked else (1.0, 1.0)
    about = About(
        "Quality kept",
        "How much of the reference's quality is left, by each metric that is judged: 100 % is as good, "
        "more is better. Normal: around 100 %, with some noise. Below the orange line it is worse by more "
        "than you tolerate; the tile above says whether that is sure.",
    )
    change = f"1 - max by ({names.METRIC}) ({records.quality(names.QUALITY_CHANGE)})"
    limits = style.limits(*zip(bounds, (style.WARNING, style.BAD), strict=True), (1.0, style.GOOD))
    scale = Scale("percentunit", 1, soft_low=bounds[1] - 0.02, soft_high=1.02)
    return panels.graph(about, [Query(change, f"{{{{{names.METRIC}}}}}")], scale, Drawing(limits))


def _business(records: Records, asked: BusinessMetric) -> Any:
    better = "higher" if asked.direction is Direction.HIGHER else "lower"
    about = About(
        asked.name,
        f"Your own series {asked.name}, of which {better} is better. Normal: as planned. Whether it goes "
        "with quality and drift, `modelmonitor correlate` tells.",
    )
    query = Query(records.of(names.BUSINESS, f'{names.BUSINESS_NAME}="{asked.name}"'), asked.name)
    drawing = Drawing(overrides=style.colours((style.CALM,)))
    return panels.graph(about, [query], Scale("short"), drawing)
