"""The same counts as the evaluator's, row by row and as slowly as they can be understood."""

import math
from collections import Counter
from typing import Any

import numpy as np

from evaluator.counters.worlds import key
from modelmonitor.evaluator.records import Cohort
from modelmonitor.evaluator.rows import Rows
from modelmonitor.stats.scores import threshold_edge
from modelmonitor.wire.config import Task
from modelmonitor.wire.numbers import label_number
from modelmonitor.wire.profile import Column, ColumnType, Slice
from modelmonitor.wire.scheme import Scheme

OTHER = "__other__"
Found = Counter[Any]


def predicted(scheme: Scheme, rows: Rows) -> Found:
    """Count live predictions."""
    found: Found = Counter()
    known = {column.name for column in scheme.columns} | {
        one.column for one in (*scheme.segments, *scheme.groups)
    }
    for row in range(rows.count):
        value = {name: column[row] for name, column in rows.features.items()}
        if scheme.profile:
            unknown = [it for name, it in value.items() if name not in known and it is not None]
            found[key("unexpected_columns_total")] += len(unknown)
            for column in scheme.columns:
                _feature(found, column, column.name, value.get(column.name))
        if rows.ids is None or rows.ids[row] is None:
            found[key("predictions_without_id_total")] += 1
        scores = None if rows.scores is None else rows.scores[row]
        output = None if rows.predictions is None else rows.predictions[row]
        _output(found, scheme, output, scores, value)
    return found


def _output(found: Found, scheme: Scheme, output: Any, scores: Any, value: dict[str, Any]) -> None:
    profile = scheme.profile
    if scheme.task in (Task.REGRESSION, Task.RANKING):
        found[key("predictions_total", of_class="")] += 1
        if profile and profile.prediction:
            _feature(found, profile.prediction, "@prediction", output)
        name = None
    else:
        usable = _usable(scheme, scores)
        if usable is not None:
            confidence = max(usable[0], 1 - usable[0]) if len(usable) == 1 else max(usable)
            band = "high" if confidence > 0.9 else "low" if confidence < 0.5 else "mid"
            found[key("prediction_confidence_total", band=band)] += 1
        name = predicted_class(scheme, output, scores)
        found[key("predictions_total", of_class=name if name in scheme.classes else OTHER)] += 1
        if profile and profile.prediction and profile.score:
            _feature(found, profile.prediction, "@prediction", name)
            if name is None and not _absent(output):
                found[key("feature_invalid_total", feature="@prediction")] += 1
            _feature(found, profile.score, "@score", max(usable) if usable else None)
            if usable is None and scores is not None:
                found[key("feature_invalid_total", feature="@score")] += 1
    for one in scheme.groups:
        group = _member(one, value)
        found[key("group_total", attribute=one.column, group=group)] += 1
        if name == scheme.config.model.positive_class:
            found[key("group_selected_total", attribute=one.column, group=group)] += 1


def predicted_class(scheme: Scheme, output: Any, scores: Any) -> str | None:
    """The class that was predicted, by its name or by its scores."""
    usable = _usable(scheme, scores)
    if isinstance(output, bool | int | str | float) and not _absent(output):
        return _text(output)
    if usable is None:
        return None
    if scheme.task is Task.BINARY:
        return scheme.classes[usable[0] >= scheme.config.model.decision_threshold]
    return scheme.classes[usable.index(max(usable))]


def _usable(scheme: Scheme, scores: Any) -> list[float] | None:
    if scheme.task is Task.BINARY:
        scores = [scores]
    if not isinstance(scores, list) or len(scores) != (
        1 if scheme.task is Task.BINARY else len(scheme.classes)
    ):
        return None
    good = all(isinstance(it, float | int) and not isinstance(it, bool) and 0 <= it <= 1 for it in scores)
    return scores if good else None


def _feature(found: Found, column: Column, name: str, value: Any) -> None:
    if column.type is ColumnType.NUMERIC:
        number = isinstance(value, float | int) and not isinstance(value, bool)
        if _absent(value) or not number:
            found[key("feature_missing_total", feature=name)] += 1
            found[key("feature_invalid_total", feature=name)] += not _absent(value)
            return
        for edge in (*column.edges, math.inf):
            found[key("feature_value_bucket", feature=name, le=label_number(edge))] += value <= edge
        low = -1.7e308 if column.minimum is None else column.minimum
        high = 1.7e308 if column.maximum is None else column.maximum
        found[key("feature_out_of_range_total", feature=name)] += not low <= value <= high
    elif _absent(value) or value == "" or isinstance(value, list | dict):
        found[key("feature_missing_total", feature=name)] += 1
        found[key("feature_invalid_total", feature=name)] += isinstance(value, list | dict)
    else:
        text = _text(value)
        category = text if text in column.categories else OTHER
        found[key("feature_category_total", feature=name, category=category)] += 1


def matured(scheme: Scheme, cohort: Cohort) -> Found:
    """Count matured predictions."""
    found: Found = Counter()
    for row, record in enumerate(cohort.records):
        found[key("cohort_predictions_total")] += 1
        actual = float(cohort.actual[row])
        if math.isnan(actual):
            continue
        found[key("cohort_labelled_total", source="explicit" if cohort.explicit[row] else "implicit")] += 1
        segments = ["", *(_named(one, record["segments"][at]) for at, one in enumerate(scheme.segments))]
        for segment in segments:
            if scheme.task is Task.REGRESSION:
                _number(found, scheme, float(record["value"]), actual, segment)
            elif scheme.task is Task.RANKING:
                _ranking(found, scheme, cohort, row, segment)
            else:
                _class(found, scheme, record, int(actual), segment)
        if scheme.classes:
            names = (*scheme.classes, OTHER)
            for at, one in enumerate(scheme.groups):
                group = (*one.values, OTHER)[record["groups"][at]]
                labels = {
                    "actual": names[int(actual)],
                    "predicted": names[min(record["predicted"] % 99, len(names) - 1)],
                }
                found[key("group_confusion_total", attribute=one.column, group=group, **labels)] += 1
    return found


def _class(found: Found, scheme: Scheme, record: Any, actual: int, segment: str) -> None:
    names, scores = (*scheme.classes, OTHER), record["scores"].tolist()
    predicted = names[record["predicted"]] if record["predicted"] >= 0 else OTHER
    found[key("confusion_total", actual=names[actual], predicted=predicted, segment=segment)] += 1
    if math.isnan(scores[0]) or actual == len(scheme.classes):
        return
    given = (scores[0] if actual else 1 - scores[0]) if len(scores) == 1 else scores[actual]
    of = scheme.classes[1:] if len(scores) == 1 else scheme.classes
    found[key("scored_total", segment=segment)] += 1
    found[key("log_loss_sum", segment=segment)] += -math.log(max(given, 1e-15))
    for name, score in zip(of, scores, strict=True):
        truth = name == names[actual]
        found[key("squared_error_sum", segment=segment)] += (score - truth) ** 2
        for edge in sorted((0.1, 0.25, 0.8, *map(threshold_edge, (0.3, 0.5, 0.7)), math.inf)):
            labels = {
                "of_class": name,
                "actual": str(truth).lower(),
                "segment": segment,
                "thresholds": "0.3,0.5,0.7",
                "le": label_number(edge),
            }
            found[key("score_by_actual_bucket", **labels)] += score <= edge


def _number(found: Found, scheme: Scheme, value: float, actual: float, segment: str) -> None:
    error, target = value - actual, actual - 15.0
    if not math.isfinite(value) or abs(error) > 1e150 or abs(target) > 1e150:
        return
    size = abs(error)
    for edge in (0.5, 1.0, 5.0, math.inf):
        found[key("absolute_error_bucket", segment=segment, le=label_number(edge))] += size <= edge
    found[key("absolute_error_max", segment=segment)] = max(
        size, found[key("absolute_error_max", segment=segment)]
    )
    defined = actual != 0 and size / abs(actual) < 1e308
    for name, amount in {
        "absolute_error_count": 1,
        "absolute_error_sum": size,
        "scored_total": 1,
        "squared_error_sum": error * error,
        "absolute_percentage_error_sum": size / abs(actual) if defined else 0.0,
        "absolute_percentage_error_rows_total": int(defined),
        "actual_absolute_sum": abs(actual),
        "error_positive_sum": max(error, 0),
        "error_negative_sum": max(-error, 0),
        "target_centred_positive_sum": max(target, 0),
        "target_centred_negative_sum": max(-target, 0),
        "target_centred_squared_sum": target * target,
    }.items():
        found[key(name, segment=segment)] += amount


def _ranking(found: Found, scheme: Scheme, cohort: Cohort, row: int, segment: str) -> None:
    assert cohort.gains is not None
    assert cohort.ideal is not None
    gains, relevant = cohort.gains[row].tolist(), int(cohort.actual[row])
    if relevant == 0:
        found[key("ranking_queries_without_relevant_total", segment=segment)] += 1
        return
    found[key("ranking_queries_total", segment=segment)] += 1
    first = next((rank for rank, gain in enumerate(gains, 1) if gain > 0), math.inf)
    found[key("reciprocal_rank_sum", segment=segment)] += 1 / first
    for depth in (1, 3):
        hits = [int(gain > 0) for gain in gains[:depth]]
        discounts = [1 / math.log2(rank + 1) for rank in range(1, depth + 1)]
        best = float(np.dot(discounts, cohort.ideal[row][:depth]))
        precisions = [sum(hits[:rank]) / rank * hits[rank - 1] for rank in range(1, depth + 1)]
        for name, amount in {
            "ndcg_sum": float(np.dot(discounts, gains[:depth])) / best,
            "average_precision_sum": sum(precisions) / min(relevant, depth),
            "hits_sum": float(any(hits)),
            "precision_sum": sum(hits) / depth,
            "recall_sum": sum(hits) / relevant,
        }.items():
            found[key(name, k=str(depth), segment=segment)] += amount


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _member(one: Slice, value: dict[str, Any]) -> str:
    given = value.get(one.column)
    return _text(given) if not _absent(given) and _text(given) in one.values else OTHER


def _named(one: Slice, code: int) -> str:
    return f"{one.column}={(*one.values, OTHER)[code]}"
