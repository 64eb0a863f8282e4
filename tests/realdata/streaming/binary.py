"""What data sets with two classes have in common: their answers, and what must have been counted of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from modelmonitor.stats import classification, outcomes, probability
from modelmonitor.stats.classification import Confusion
from modelmonitor.stats.scores import ScoreByActual
from realdata.streaming import oracle
from realdata.streaming.merged import Merged
from realdata.streaming.story import Case, Told

POSITIVE = ("1", "true")
THRESHOLD = 0.5
"""Scores of at least this much are the class 1, where no class is answered."""


@dataclass(frozen=True)
class Rows:
    """Some predictions: positions of their rows, predicted classes (0 or 1) and scores."""

    positions: np.ndarray
    predicted: np.ndarray
    scores: np.ndarray

    def of(self, chosen: np.ndarray) -> "Rows":
        return Rows(self.positions[chosen], self.predicted[chosen], self.scores[chosen])


def tensors(scores: Sequence[Any], predicted: Sequence[Any] | None = None) -> dict[str, Any]:
    """Write answers as tensors of the Open Inference Protocol; without classes, if there are none."""
    found = [{"name": "score", "datatype": "FP64", "data": list(scores)}]
    if predicted is not None:
        found.append({"name": "prediction", "datatype": "INT64", "data": list(predicted)})
    return {"outputs": found}


def objects(scores: Sequence[Any], predicted: Sequence[Any]) -> dict[str, Any]:
    """Write answers as objects of KServe v1 and MLflow."""
    pairs = zip(scores, predicted, strict=True)
    return {"predictions": [{"prediction": one, "score": score} for score, one in pairs]}


def all_sent(case: Case) -> Rows:
    """Return every row that was sent, in order."""
    if "outputs" in case.recorded:
        outputs = {one["name"]: np.array(one["data"]) for one in case.recorded["outputs"]}
    else:
        rows = case.recorded["predictions"]
        outputs = {name: np.array([row[name] for row in rows]) for name in ("score", "prediction")}
    scores = outputs["score"]
    predicted = outputs.get("prediction", (scores >= THRESHOLD).astype(int))
    return Rows(case.sent, predicted[case.sent], scores[case.sent])


def labelled(case: Case, told: Told) -> tuple[Rows, np.ndarray]:
    """Return the rows that must have been counted with a label, and their truth, 0 or 1."""
    places = case.of_ids()
    truth = {places[id_]: actual for id_, actual in told.book.counted.items() if actual is not None}
    every = all_sent(case)
    _, firsts = np.unique(every.positions, return_index=True)
    rows = every.of(firsts).of(np.array(sorted(truth)))
    return rows, np.array([int(truth[position]) for position in rows.positions.tolist()])


def classes(case: Case) -> tuple[str, str]:
    """Return the names of the classes, the positive one last."""
    negative, positive = sorted(case.reference["classes"], key=POSITIVE.__contains__)
    return negative, positive


def texts(case: Case, column: str, positions: np.ndarray) -> list[str]:
    """Return the values of a column, as texts."""
    return [oracle.text(case.columns[column][row]) for row in positions.tolist()]


def check_outputs(case: Case, merged: Merged) -> None:
    """Predicted classes, scores and confidence were counted as they were answered."""
    rows = all_sent(case)
    oracle.check_column(merged, case.reference["prediction"], rows.predicted.tolist(), "@prediction")
    oracle.check_column(merged, case.reference["score"], rows.scores.tolist(), "@score")
    positive = int(rows.predicted.sum())
    expected = dict(zip(classes(case), (len(rows.positions) - positive, positive), strict=True))
    assert merged.by("predictions_total", "class") == expected
    confidence = np.maximum(rows.scores, 1 - rows.scores)
    high = int(np.count_nonzero(confidence > 0.9))
    bands = {"mid": len(confidence) - high, "high": high}
    assert merged.by("prediction_confidence_total", "band") == {band: it for band, it in bands.items() if it}


def check_confusion(merged: Merged, rows: Rows, truth: np.ndarray, **labels: str) -> None:
    """The table of classes, of a segment or of a group, is that of the rows."""
    family = "group_confusion_total" if "group" in labels else "confusion_total"
    found = [
        (dict(own)["actual"] in POSITIVE, dict(own)["predicted"] in POSITIVE, value)
        for own, value in merged.having(family, **labels).items()
    ]
    for actual in (False, True):
        for predicted in (False, True):
            counted = sum(value for *cell, value in found if cell == [actual, predicted])
            assert counted == np.count_nonzero((truth == actual) & (rows.predicted == predicted))
    assert merged.total(family, **labels) == len(truth)


def check_quality(case: Case, told: Told, auc: float = 1e-3) -> None:
    """Counts are those of the rows, metrics those of scikit-learn; AUC is off by less than is stated."""
    rows, truth = labelled(case, told)
    check_confusion(told.merged, rows, truth, segment="")
    _check_scores(told.merged, rows, truth)
    _check_metrics(told.merged, rows, truth, classes(case))
    scores = _scores(told.merged)
    error = abs(probability.roc_auc(scores)[0] - metrics.roc_auc_score(truth, rows.scores))
    assert error <= min(auc, probability.roc_auc_error(scores)[0] + 1e-12)


def _check_scores(merged: Merged, rows: Rows, truth: np.ndarray) -> None:
    edges = sorted(float(dict(own)["le"]) for own in merged.having("score_edge"))[:-1]
    for actual, of in (("true", truth == 1), ("false", truth == 0)):
        found, counts = merged.cells("score_by_actual", actual=actual, segment="")
        assert found == edges
        places = np.searchsorted(edges, rows.scores[of], side="left")
        assert counts == np.bincount(places, minlength=len(edges) + 1).tolist()
    assert merged.total("scored_total", segment="") == len(truth)


def _check_metrics(merged: Merged, rows: Rows, truth: np.ndarray, names: tuple[str, str]) -> None:
    table, scores = _confusion(merged, names), _scores(merged)
    both = np.maximum(np.column_stack([1 - rows.scores, rows.scores]), 1e-15)
    for ours, theirs in (
        (classification.accuracy(table), metrics.accuracy_score(truth, rows.predicted)),
        (classification.matthews(table), metrics.matthews_corrcoef(truth, rows.predicted)),
        (outcomes.precision(table.outcomes)[1], metrics.precision_score(truth, rows.predicted)),
        (outcomes.recall(table.outcomes)[1], metrics.recall_score(truth, rows.predicted)),
        (outcomes.f1(table.outcomes)[1], metrics.f1_score(truth, rows.predicted)),
        (
            outcomes.macro(outcomes.f1(table.outcomes)),
            metrics.f1_score(truth, rows.predicted, average="macro"),
        ),
        (probability.log_loss(scores), metrics.log_loss(truth, both)),
        (probability.brier(scores), metrics.brier_score_loss(truth, rows.scores)),
    ):
        assert ours == pytest.approx(theirs, abs=1e-9)


def _confusion(merged: Merged, classes: tuple[str, str]) -> Confusion:
    names = (*classes, oracle.OTHER)
    table = [
        [merged.total("confusion_total", actual=one, predicted=other, segment="") for other in names]
        for one in names
    ]
    return Confusion(classes, np.array(table, np.int64))


def _scores(merged: Merged) -> ScoreByActual:
    edges, negative = merged.cells("score_by_actual", actual="false", segment="")
    _, positive = merged.cells("score_by_actual", actual="true", segment="")
    count, *sums = (
        merged.total(it, segment="") for it in ("scored_total", "log_loss_sum", "squared_error_sum")
    )
    return ScoreByActual(("1",), tuple(edges), np.array([[negative, positive]]), int(count), *sums)
