"""Which series a scheme has: only families of its task, with labels that are all known beforehand.

What is made from this list is counted, exposed and held against the budget; nothing else is.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from modelmonitor.series import requests
from modelmonitor.series.series import Axis, Edges, Series, le_texts
from modelmonitor.stats import scores
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.families import Family
from modelmonitor.wire.names import OTHER
from modelmonitor.wire.profile import Column, ColumnType, Slice
from modelmonitor.wire.scheme import CLASSIFICATIONS, Scheme

BANDS = ("low", "mid", "high")
LABEL_OUTCOMES = ("joined", "duplicate", "conflicting", "unknown", "late", "unsampled", "invalid")
SOURCES = ("explicit", "implicit")
OF_CLASS = ("false", "true")
"""Label `actual` of `score_by_actual`: rows that are not, and that are of the class."""
LAG_EDGES = (
    1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 10800.0, 21600.0, 43200.0, 86400.0, 172800.0,
    604800.0, 2592000.0,
)  # fmt: skip
ERROR_EDGES = tuple(float(f"{digit}e{power}") for power in range(-3, 6) for digit in (1, 2, 5))
"""Of absolute errors where the reference has no edges: off by at most a factor of 2.5."""


def declared(scheme: Scheme) -> tuple[Series, ...]:
    """List what is counted about predictions and their truth; requests are not among it."""
    quality = {Task.REGRESSION: _numbers, Task.RANKING: _rankings}.get(scheme.task, _classes)
    return (*_predictions(scheme), *_features(scheme), *_truth(), *quality(scheme), *_groups(scheme))


def ordered(scheme: Scheme) -> tuple[Column, ...]:
    """Return the watched columns as their counts are ordered: numeric ones first."""
    return tuple(sorted(scheme.watched, key=lambda column: column.type is not ColumnType.NUMERIC))


def score_edges(scheme: Scheme) -> Edges:
    """Return the inner edges of scores; every declared threshold is decided by one of them."""
    model = scheme.config.model
    thresholds = {model.decision_threshold, *model.thresholds}
    return scores.score_edges(thresholds, scheme.profile.score_edges or None if scheme.profile else None)


def positive_code(scheme: Scheme) -> int | None:
    """Return the code of the class whose share is compared between groups; None if there is no such class."""
    positive = scheme.config.model.positive_class
    return scheme.classes.index(positive) if positive in scheme.classes else None


def segments(scheme: Scheme) -> Axis:
    """Everything, then each value of each segment column, `__other__` last: in the order of codes."""
    own = (f"{one.column}={value}" for one in scheme.segments for value in (*one.values, OTHER))
    return Axis.of("segment", ("", *own), "segments")


def _predictions(scheme: Scheme) -> Iterator[Series]:
    classes = (*scheme.classes, OTHER) if scheme.task in CLASSIFICATIONS else ("",)
    yield Series(families.BATCH_SIZE, edges=(requests.ROWS_EDGES,), summed=True)
    yield Series(families.PREDICTIONS, (Axis.of("class", classes, "classes"),))
    if scheme.task in CLASSIFICATIONS:
        yield Series(families.CONFIDENCE, (Axis.of("band", BANDS, "bands"),))
    yield Series(families.WITHOUT_ID)


def _features(scheme: Scheme) -> Iterator[Series]:
    if scheme.profile is None:
        return
    columns = ordered(scheme)
    numeric = [column for column in columns if column.type is ColumnType.NUMERIC]
    categorical = [column for column in columns if column.type is ColumnType.CATEGORICAL]
    if numeric:
        axes = (_features_axis(numeric),)
        edges = tuple(column.edges for column in numeric)
        yield Series(families.FEATURE_VALUE, axes, edges)
        yield Series(families.FEATURE_RANGE, axes)
    if categorical:
        pairs = tuple((one.name, value) for one in categorical for value in (*one.categories, OTHER))
        yield Series(families.FEATURE_CATEGORY, (Axis("categories", ("feature", "category"), pairs),))
    if columns:
        every = (_features_axis(columns),)
        yield Series(families.FEATURE_MISSING, every)
        yield Series(families.FEATURE_INVALID, every)
        yield _reference(scheme.watched)
    yield Series(families.UNEXPECTED)
    if metrics := scheme.profile.metrics:
        axis = Axis.of("metric", tuple(metric.name for metric in metrics), "metrics")
        yield Series(families.REFERENCE_METRIC, (axis,), constant=tuple(metric.value for metric in metrics))


def _features_axis(columns: Iterable[Column]) -> Axis:
    return Axis.of("feature", tuple(column.name for column in columns), "features")


def _reference(columns: tuple[Column, ...]) -> Series:
    cells = tuple((column.name, *cell) for column in columns for cell in _cells(column))
    counts = tuple(float(count) for column in columns for count in (*column.counts, column.missing))
    axis = Axis("cells", ("feature", "cell", "le", "below"), cells)
    return Series(families.REFERENCE_COUNT, (axis,), constant=counts)


def _cells(column: Column) -> Iterator[tuple[str, str, str]]:
    if column.type is ColumnType.NUMERIC:
        upper = le_texts(column.edges)
        for number, (le, below) in enumerate(zip(upper, ("", *upper), strict=False)):
            yield f"b{number:02d}", le, below
    else:
        for category in (*column.categories, OTHER):
            yield f"c:{category}", "", ""
    yield "missing", "", ""


def _truth() -> Iterator[Series]:
    yield Series(families.LABELS, (Axis.of("outcome", LABEL_OUTCOMES, "outcomes"),))
    yield Series(families.LABEL_LAG, edges=(LAG_EDGES,), summed=True)
    yield Series(families.COHORT)
    yield Series(families.COHORT_LABELLED, (Axis.of("source", SOURCES, "sources"),))
    yield Series(families.PENDING)
    yield Series(families.STORE_ERRORS)


def _classes(scheme: Scheme) -> Iterator[Series]:
    names, segment, edges = (*scheme.classes, OTHER), segments(scheme), score_edges(scheme)
    actual = Axis.of("actual", names, "actual classes")
    yield Series(families.CONFUSION, (actual, Axis.of("predicted", names, "predicted classes"), segment))
    cuts = scheme.config.model.cuts
    of = Axis("classes", ("class", "thresholds"), tuple((name, cuts) for name in scheme.scored_classes))
    yield Series(families.SCORE_BY_ACTUAL, (of, Axis.of("actual", OF_CLASS, "truths"), segment), (edges,))
    upper = le_texts(edges)
    pairs = zip(upper, ("", *upper), strict=False)
    cells = Axis("cells", ("le", "below", "thresholds"), tuple((*pair, cuts) for pair in pairs))
    yield Series(families.SCORE_EDGE, (cells,), constant=(1.0,) * len(cells))
    for family in SCORE_SUMS:
        yield Series(family, (segment,))


def _numbers(scheme: Scheme) -> Iterator[Series]:
    segment = (segments(scheme),)
    yield Series(families.ABSOLUTE_ERROR, segment, (error_edges(scheme),), summed=True)
    yield Series(families.ABSOLUTE_ERROR_MAX, segment)
    for family in number_sums(scheme):
        yield Series(family, segment)


def error_edges(scheme: Scheme) -> Edges:
    """Return the inner edges of absolute errors."""
    return scheme.profile.error_edges if scheme.profile and scheme.profile.error_edges else ERROR_EDGES


def centre(scheme: Scheme) -> float | None:
    """Return what sums of the target are centred by; without it there are none."""
    return scheme.profile.target_mean if scheme.profile else None


def number_sums(scheme: Scheme) -> tuple[Family, ...]:
    """Return the families of sums over rows, named like the fields of `stats.regression.Errors`."""
    return NUMBER_SUMS if centre(scheme) is None else (*NUMBER_SUMS, *CENTRED_SUMS)


SCORE_SUMS = (families.SCORED, families.LOG_LOSS, families.SQUARED_ERROR)
"""Named like the fields of `stats.scores.ScoreByActual`."""
NUMBER_SUMS: tuple[Family, ...] = (
    families.SCORED,
    families.SQUARED_ERROR,
    families.PERCENTAGE_ERROR,
    families.PERCENTAGE_ROWS,
    families.ACTUAL_ABSOLUTE,
    families.ERROR_POSITIVE,
    families.ERROR_NEGATIVE,
)
CENTRED_SUMS = (families.TARGET_POSITIVE, families.TARGET_NEGATIVE, families.TARGET_SQUARED)
QUERY_SUMS = (families.RANKING_QUERIES, families.RANKING_EMPTY, families.RECIPROCAL_RANK)
DEPTH_SUMS = (
    families.NDCG,
    families.AVERAGE_PRECISION,
    families.HITS,
    families.PRECISION,
    families.RECALL,
)
"""Both named like the fields of `stats.ranking.Rankings`."""


def _rankings(scheme: Scheme) -> Iterator[Series]:
    segment = segments(scheme)
    depths = Axis.of("k", tuple(map(str, scheme.depths)), "depths")
    for family in QUERY_SUMS:
        yield Series(family, (segment,))
    for family in DEPTH_SUMS:
        yield Series(family, (depths, segment))


def _groups(scheme: Scheme) -> Iterator[Series]:
    if not scheme.groups:
        return
    pairs = ((one.column, value) for one in scheme.groups for value in (*one.values, OTHER))
    group = Axis("groups", ("attribute", "group"), tuple(pairs))
    yield Series(families.GROUP, (group,))
    if positive_code(scheme) is not None:
        yield Series(families.GROUP_SELECTED, (group,))
    if scheme.task in CLASSIFICATIONS:
        names = (*scheme.classes, OTHER)
        actual, predicted = (Axis.of(label, names, f"{label} classes") for label in ("actual", "predicted"))
        yield Series(families.GROUP_CONFUSION, (group, actual, predicted))


def starts(slices: tuple[Slice, ...], first: int = 0) -> NDArray[np.int64]:
    """Return where the codes of each column begin on one axis of all; `first` places come before."""
    sizes = [len(one.values) + 1 for one in slices]
    return first + np.cumsum([0, *sizes[:-1]], dtype=np.int64)[: len(sizes)]
