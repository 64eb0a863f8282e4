"""What `stats` says of counters: every metric under the labels that its record has."""

import math
from collections.abc import Iterator

import numpy as np

from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.plan import names
from modelmonitor.series import declared
from modelmonitor.stats import classification, outcomes, probability, ranking, regression
from modelmonitor.stats.outcomes import Outcomes
from modelmonitor.wire.config import Task
from modelmonitor.wire.names import OTHER
from modelmonitor.wire.numbers import label_number

Series = dict[frozenset[tuple[str, str]], float]
Told = Iterator[tuple[dict[str, str], float]]
RATES = {
    "Precision": outcomes.precision,
    "Recall": outcomes.recall,
    "F1": outcomes.f1,
    "FalsePositiveRate": outcomes.false_positive_rate,
    "FalseNegativeRate": outcomes.false_negative_rate,
}
AVERAGED = ("Precision", "Recall", "F1")
SCORES = {
    "RocAuc": probability.roc_auc,
    "PrAuc": probability.average_precision,
    "CalibrationError": probability.expected_calibration_error,
}
NUMBERS = {
    "MAE": regression.mean_absolute_error,
    "RMSE": regression.root_mean_squared_error,
    "MSE": regression.mean_squared_error,
    "MAPE": regression.mean_absolute_percentage_error,
    "WAPE": regression.weighted_absolute_percentage_error,
    "R2": regression.r_squared,
    "Bias": regression.bias,
    "MedianError": lambda found: regression.absolute_error_quantile(found, 0.5),
    "P95Error": lambda found: regression.absolute_error_quantile(found, 0.95),
    "MaxError": regression.max_error,
}
LISTS = {
    "NDCG": ranking.ndcg,
    "MAP": ranking.mean_average_precision,
    "HitRate": ranking.hit_rate,
    "Precision": ranking.precision_at,
    "Recall": ranking.recall_at,
}


def quality(counters: Counters) -> Series:
    """Return every metric that is defined, of everything and of each segment."""
    assert counters.scheme
    tell = {Task.REGRESSION: _numbers, Task.RANKING: _rankings}.get(counters.scheme.task, _classes)
    found = {}
    for segment, (name,) in enumerate(declared.segments(counters.scheme).values):
        for labels, value in tell(counters, segment):
            if not math.isnan(value):
                found[key(**labels, segment=name)] = float(value)
    return found


def whole(counters: Counters) -> dict[str, float]:
    """Return the metrics of everything that are told without class, threshold or average."""
    told = {frozenset(one): value for one, value in quality(counters).items()}
    return {dict(one)["metric"]: value for one, value in told.items() if len(one) == 1}


def rows(counters: Counters) -> Series:
    """Return the labelled rows, or queries, of everything and of each segment."""
    scheme = counters.scheme
    assert scheme
    found = {}
    for segment, (name,) in enumerate(declared.segments(scheme).values):
        if scheme.task is Task.REGRESSION:
            number = recovered.errors(counters.bank, scheme, segment).scored_total
        elif scheme.task is Task.RANKING:
            lists = recovered.rankings(counters.bank, scheme, segment)
            number = lists.ranking_queries_total + lists.ranking_queries_without_relevant_total
        else:
            number = int(recovered.confusion(counters.bank, scheme, segment).counts.sum())
        found[key(segment=name)] = float(number)
    return found


def confusion(counters: Counters, **labels: str) -> Series:
    """Return the rows by actual and predicted class, of everything."""
    assert counters.scheme
    table, names_ = recovered.confusion(counters.bank, counters.scheme, 0), (*counters.scheme.classes, OTHER)
    return {
        key(actual=actual, predicted=predicted, **labels): float(table.counts[row, column])
        for row, actual in enumerate(names_)
        for column, predicted in enumerate(names_)
    }


def calibration(counters: Counters) -> dict[str, Series]:
    """Return the calibration curve of everything: rows, share and score of each cell, by record."""
    assert counters.scheme
    scores = recovered.score_by_actual(counters.bank, counters.scheme, 0)
    curve = probability.calibration(scores)
    told: dict[str, Series] = {}
    for row, name in enumerate(scores.classes):
        for cell, edge in enumerate((*scores.edges, math.inf)):
            at = key(of_class=name, le=label_number(edge))
            told.setdefault(names.CALIBRATION_ROWS, {})[at] = float(curve.rows[row, cell])
            told.setdefault(names.CALIBRATION_SCORE, {})[at] = float(curve.score[cell])
            if curve.rows[row, cell]:
                told.setdefault(names.CALIBRATION_SHARE, {})[at] = float(curve.share[row, cell])
    return told


def key(**labels: str) -> frozenset[tuple[str, str]]:
    """Name a series as Prometheus does: a label without a value is none; `of_class` is `class`."""
    return frozenset((name.removeprefix("of_"), value) for name, value in labels.items() if value)


def _classes(counters: Counters, segment: int) -> Told:
    scheme = counters.scheme
    assert scheme
    table = recovered.confusion(counters.bank, scheme, segment)
    scores = recovered.score_by_actual(counters.bank, scheme, segment)
    yield {"metric": "Accuracy"}, classification.accuracy(table)
    yield {"metric": "BalancedAccuracy"}, classification.balanced_accuracy(table)
    yield {"metric": "MatthewsCorrelation"}, classification.matthews(table)
    yield {"metric": "CohenKappa"}, classification.cohen_kappa(table)
    yield {"metric": "LogLoss"}, probability.log_loss(scores)
    yield {"metric": "Brier"}, probability.brier(scores)
    each = table.outcomes
    for metric, rate in RATES.items():
        yield from _by_class(metric, rate(each), scheme.classes)
    for metric in AVERAGED:
        rates = RATES[metric](each)
        binary = scheme.task is Task.BINARY
        yield {"metric": metric}, float(rates[1]) if binary else outcomes.macro(rates)
        yield {"metric": metric, "average": "weighted"}, outcomes.weighted(rates, each.support)
        yield {"metric": metric, "average": "micro"}, float(RATES[metric](each.summed()))
    for metric, value in SCORES.items():
        yield from _by_class(metric, value(scores), scheme.scored_classes)
        yield {"metric": metric}, outcomes.macro(value(scores))
    for threshold in {scheme.config.model.decision_threshold, *scheme.config.model.thresholds}:
        at: Outcomes = probability.at_threshold(scores, threshold)
        for metric, rate in RATES.items():
            for labels, value in _by_class(metric, rate(at), scheme.scored_classes):
                yield {**labels, names.THRESHOLD: label_number(threshold)}, value


def _by_class(metric: str, values: outcomes.Floats, classes: tuple[str, ...]) -> Told:
    for name, value in zip(classes, values, strict=True):
        yield {"metric": metric, "of_class": name}, float(value)


def _numbers(counters: Counters, segment: int) -> Told:
    assert counters.scheme
    found = recovered.errors(counters.bank, counters.scheme, segment)
    for metric, value in NUMBERS.items():
        yield {"metric": metric}, value(found)


def _rankings(counters: Counters, segment: int) -> Told:
    assert counters.scheme
    found = recovered.rankings(counters.bank, counters.scheme, segment)
    yield {"metric": "MRR"}, ranking.mean_reciprocal_rank(found)
    for metric, value in LISTS.items():
        for depth, one in zip(found.depths, np.atleast_1d(value(found)), strict=True):
            yield {"metric": f"{metric}@{depth}"}, float(one)
