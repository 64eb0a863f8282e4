"""The quality of the reference, by the very counters that judge live traffic."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from modelmonitor.cli.profiling.cells import Codes, Floats
from modelmonitor.stats import classification, outcomes, probability, regression
from modelmonitor.stats.classification import Confusion
from modelmonitor.stats.regression import Errors
from modelmonitor.stats.scores import ScoreByActual
from modelmonitor.wire.profile import Metric


@dataclass(slots=True)
class ClassQuality:
    """Counts rows by their actual and predicted class; positions in `classes`, -1 is missing."""

    classes: tuple[str, ...]
    binary: bool
    confusion: Confusion | None = None

    def add(self, actual: Codes, predicted: Codes) -> None:
        """Count the rows of a chunk that have both."""
        known = (actual >= 0) & (predicted >= 0)
        more = Confusion.count(actual[known], predicted[known], self.classes)
        self.confusion = self.confusion + more if self.confusion else more

    def metrics(self) -> Iterator[Metric]:
        """Yield accuracy and, of the positive class or as mean over classes, precision, recall and F1."""
        if self.confusion is None:
            return
        rows = int(self.confusion.counts.sum())
        yield from _metric("Accuracy", classification.accuracy(self.confusion), rows)
        each = self.confusion.outcomes
        for name, rate in (
            ("Precision", outcomes.precision),
            ("Recall", outcomes.recall),
            ("F1", outcomes.f1),
        ):
            values = rate(each)
            yield from _metric(name, float(values[1]) if self.binary else outcomes.macro(values), rows)


@dataclass(slots=True)
class ScoreQuality:
    """Counts rows by their score and actual class; rows without either are left out."""

    classes: tuple[str, ...]
    """Binary: (negative, positive)."""
    binary: bool
    edges: tuple[float, ...]
    scores: ScoreByActual | None = None

    def add(self, actual: Codes, scores: Floats) -> None:
        """Count the rows of a chunk; `scores` has a column for each class, of a binary task only one."""
        known = actual >= 0
        if self.binary:
            positive = actual[known] == 1
            more = ScoreByActual.binary(positive, scores[known, 0], self.edges, self.classes[1])
        else:
            more = ScoreByActual.multiclass(actual[known], scores[known], self.edges, self.classes)
        self.scores = self.scores + more if self.scores else more

    def metrics(self) -> Iterator[Metric]:
        """Yield AUC of both kinds, log loss and Brier."""
        if self.scores is None:
            return
        rows = self.scores.scored_total
        yield from _metric("RocAuc", outcomes.macro(probability.roc_auc(self.scores)), rows)
        yield from _metric("PrAuc", outcomes.macro(probability.average_precision(self.scores)), rows)
        yield from _metric("LogLoss", probability.log_loss(self.scores), rows)
        yield from _metric("Brier", probability.brier(self.scores), rows)


@dataclass(slots=True)
class NumberQuality:
    """Sums the errors of predicted numbers."""

    edges: tuple[float, ...]
    centre: float
    errors: Errors | None = None

    def add(self, actual: Floats, predicted: Floats) -> None:
        """Count the rows of a chunk; those without both are left out."""
        more = Errors.count(actual, predicted, self.edges, self.centre)
        self.errors = self.errors + more if self.errors else more

    def metrics(self) -> Iterator[Metric]:
        """Yield MAE, RMSE, MAPE and R²."""
        if self.errors is None:
            return
        rows, defined = self.errors.scored_total, self.errors.absolute_percentage_error_rows_total
        yield from _metric("MAE", regression.mean_absolute_error(self.errors), rows)
        yield from _metric("RMSE", regression.root_mean_squared_error(self.errors), rows)
        yield from _metric("MAPE", regression.mean_absolute_percentage_error(self.errors), defined)
        yield from _metric("R2", regression.r_squared(self.errors), rows)


def rounded(number: float) -> float:
    """Return ten digits of a sum: the others depend on the order of the rows."""
    return float(f"{number:.10g}")


def _metric(name: str, value: float, rows: int) -> Iterator[Metric]:
    if math.isfinite(value):
        yield Metric(name=name, value=rounded(value), rows=rows)
