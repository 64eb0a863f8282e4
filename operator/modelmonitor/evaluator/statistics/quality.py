"""Quality by segment, from matured predictions."""

from collections.abc import Iterator

import numpy as np

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.evaluator.statistics.telling import Document, reasoned, told
from modelmonitor.series import declared
from modelmonitor.stats import classification, outcomes, probability, ranking, regression
from modelmonitor.stats.classification import Confusion
from modelmonitor.stats.scores import ScoreByActual
from modelmonitor.wire.config import Task
from modelmonitor.wire.names import OTHER
from modelmonitor.wire.scheme import Scheme

_NO_LABELS = "no labelled prediction has matured yet"
_ONE_CLASS = "it needs rows of the class and rows of others"
_NO_CASES = "no row of the kind that it is a share of"
_NO_SPREAD = "the actual values do not vary, or the reference has no mean of the target"
_NO_SCORES = "no labelled prediction has a usable score"
_NO_VALUES = "no labelled prediction has a usable value"
_NO_QUERIES = "no labelled query has a relevant item"
Metrics = dict[str, tuple[float, str]]
"""Values, and why there is none where it is NaN."""


def quality(bank: Bank, scheme: Scheme) -> Iterator[Document]:
    """Yield the quality of everything, then of each segment."""
    tell = {Task.REGRESSION: _numbers, Task.RANKING: _rankings}.get(scheme.task, _classes)
    known = {metric.name: metric.value for metric in (scheme.profile.metrics if scheme.profile else ())}
    for segment, (name,) in enumerate(declared.segments(scheme).values):
        rows, metrics, rest = tell(bank, scheme, segment)
        told_metrics = {
            one: reasoned(value, why if rows else _NO_LABELS) for one, (value, why) in metrics.items()
        }
        for one in told_metrics.keys() & known.keys():
            told_metrics[one]["reference"] = known[one]
        yield {"segment": name, "rows": rows, "metrics": told_metrics, **rest}


def _classes(bank: Bank, scheme: Scheme, segment: int) -> tuple[int, Metrics, Document]:
    table = recovered.confusion(bank, scheme, segment)
    scores = recovered.score_by_actual(bank, scheme, segment)
    each, binary = table.outcomes, scheme.task is Task.BINARY
    rates = {"Precision": outcomes.precision, "Recall": outcomes.recall, "F1": outcomes.f1}
    metrics: Metrics = {
        "Accuracy": (classification.accuracy(table), _NO_CASES),
        "BalancedAccuracy": (classification.balanced_accuracy(table), _NO_CASES),
        **{
            name: (float(rate(each)[1]) if binary else outcomes.macro(rate(each)), _NO_CASES)
            for name, rate in rates.items()
        },
        "MatthewsCorrelation": (classification.matthews(table), _ONE_CLASS),
        "CohenKappa": (classification.cohen_kappa(table), _ONE_CLASS),
        "RocAuc": (outcomes.macro(probability.roc_auc(scores)), _ONE_CLASS),
        "PrAuc": (outcomes.macro(probability.average_precision(scores)), _ONE_CLASS),
        "LogLoss": (probability.log_loss(scores), _NO_SCORES),
        "Brier": (probability.brier(scores), _NO_SCORES),
        "CalibrationError": (outcomes.macro(probability.expected_calibration_error(scores)), _NO_SCORES),
    }
    rest = {
        "scored": scores.scored_total,
        "averages": _averages(table),
        "classes": list(_by_class(table, scores)),
        "thresholds": list(_at_thresholds(scheme, scores)),
        "confusion": _table(table),
    }
    return int(table.counts.sum()), metrics, rest


def _averages(table: Confusion) -> Document:
    each, together = table.outcomes, table.outcomes.summed()
    rates = {"precision": outcomes.precision, "recall": outcomes.recall, "f1": outcomes.f1}
    return {
        "macro": {name: told(outcomes.macro(rate(each))) for name, rate in rates.items()},
        "weighted": {name: told(outcomes.weighted(rate(each), each.support)) for name, rate in rates.items()},
        "micro": {name: told(float(rate(together))) for name, rate in rates.items()},
    }


def _by_class(table: Confusion, scores: ScoreByActual) -> Iterator[Document]:
    each = table.outcomes
    roc, pr = probability.roc_auc(scores), probability.average_precision(scores)
    for place, name in enumerate(table.classes):
        scored = scores.classes.index(name) if name in scores.classes else None
        yield {
            "class": name,
            "rows": int(each.support[place]),
            "precision": told(outcomes.precision(each)[place]),
            "recall": told(outcomes.recall(each)[place]),
            "f1": told(outcomes.f1(each)[place]),
            "falsePositiveRate": told(outcomes.false_positive_rate(each)[place]),
            "falseNegativeRate": told(outcomes.false_negative_rate(each)[place]),
            "rocAuc": None if scored is None else told(roc[scored]),
            "prAuc": None if scored is None else told(pr[scored]),
        }


def _at_thresholds(scheme: Scheme, scores: ScoreByActual) -> Iterator[Document]:
    model = scheme.config.model
    for threshold in sorted({model.decision_threshold, *model.thresholds}):
        found = probability.at_threshold(scores, threshold)
        for place, name in enumerate(scores.classes):
            yield {
                "class": name,
                "threshold": threshold,
                "precision": told(outcomes.precision(found)[place]),
                "recall": told(outcomes.recall(found)[place]),
                "f1": told(outcomes.f1(found)[place]),
                "falsePositiveRate": told(outcomes.false_positive_rate(found)[place]),
            }


def _table(table: Confusion) -> Document:
    names = (*table.classes, OTHER)
    return {
        actual: dict(zip(names, map(int, row), strict=True))
        for actual, row in zip(names, table.counts, strict=True)
    }


def _numbers(bank: Bank, scheme: Scheme, segment: int) -> tuple[int, Metrics, Document]:
    found = recovered.errors(bank, scheme, segment)
    metrics: Metrics = {
        "MAE": (regression.mean_absolute_error(found), _NO_VALUES),
        "RMSE": (regression.root_mean_squared_error(found), _NO_VALUES),
        "MSE": (regression.mean_squared_error(found), _NO_VALUES),
        "MAPE": (regression.mean_absolute_percentage_error(found), "every actual value is 0"),
        "WAPE": (regression.weighted_absolute_percentage_error(found), "every actual value is 0"),
        "R2": (regression.r_squared(found), _NO_SPREAD),
        "Bias": (regression.bias(found), _NO_VALUES),
        "MedianError": (regression.absolute_error_quantile(found, 0.5), _NO_VALUES),
        "P95Error": (regression.absolute_error_quantile(found, 0.95), _NO_VALUES),
        "MaxError": (regression.max_error(found), "no error since the last scrape but one"),
    }
    return found.scored_total, metrics, {}


def _rankings(bank: Bank, scheme: Scheme, segment: int) -> tuple[int, Metrics, Document]:
    found = recovered.rankings(bank, scheme, segment)
    metrics: Metrics = {"MRR": (ranking.mean_reciprocal_rank(found), _NO_QUERIES)}
    by_depth = {
        "NDCG": ranking.ndcg(found),
        "MAP": ranking.mean_average_precision(found),
        "HitRate": ranking.hit_rate(found),
        "Precision": ranking.precision_at(found),
        "Recall": ranking.recall_at(found),
    }
    for name, values in by_depth.items():
        for depth, value in zip(found.depths, np.atleast_1d(values), strict=True):
            metrics[f"{name}@{depth}"] = (float(value), _NO_QUERIES)
    without = found.ranking_queries_without_relevant_total
    return found.ranking_queries_total + without, metrics, {"withoutRelevant": without}
