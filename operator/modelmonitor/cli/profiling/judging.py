"""What was predicted, held against what came true: counted as the evaluator counts live predictions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelmonitor.cli.profiling.cells import Codes, Floats
from modelmonitor.cli.profiling.counting import CategoricalCounter, NumericCounter
from modelmonitor.cli.profiling.outcomes import Outcomes
from modelmonitor.cli.profiling.quality import ClassQuality, NumberQuality, ScoreQuality, rounded
from modelmonitor.cli.profiling.quantiles import Sketch
from modelmonitor.cli.profiling.request import Request
from modelmonitor.cli.profiling.sources import Chunk
from modelmonitor.cli.profiling.survey import Survey
from modelmonitor.stats import scores
from modelmonitor.stats.edges import edges_from_quantiles
from modelmonitor.stats.regression import error_edges
from modelmonitor.wire.config import Task
from modelmonitor.wire.names import FEATURE_PREDICTION, FEATURE_SCORE


class Classes:
    """Counts classes, scores and how good they are."""

    def __init__(self, request: Request, survey: Survey, outcomes: Outcomes) -> None:
        self._request, self._survey, self._classes = request, survey, outcomes.classes
        self._binary = outcomes.task is Task.BINARY
        self._vector = request.scores and (self._binary or request.score is None)
        """Whether there is a score for every class, so that it can be held against the truth."""
        self._edges = _score_edges(survey, spread=self._binary) if self._vector else ()
        self._class_counts = np.zeros(len(self._classes) + 1, dtype=np.int64)
        self._prediction = CategoricalCounter(FEATURE_PREDICTION, self._classes)
        self._score = None
        if request.scores:
            self._score = numeric_counter(FEATURE_SCORE, survey.confidence, request.cells)
        self._quality = ClassQuality(self._classes, self._binary)
        edges = scores.score_edges(request.thresholds, self._edges or None)
        self._scored = ScoreQuality(self._classes, self._binary, edges)

    def add(self, chunk: Chunk) -> NDArray[np.bool_] | None:
        """Count the rows of a chunk; return which are of the positive class, if there is a truth."""
        given = self._scores(chunk)
        predicted = self._predicted(chunk, given)
        if predicted is not None:
            self._prediction.add_codes(predicted)
        if given is not None and self._score:
            self._score.add_values(given.max(axis=1))
        actual = self._codes(chunk, self._request.target)
        if actual is None:
            return None
        self._class_counts += np.bincount(actual[actual >= 0], minlength=self._class_counts.size)
        if predicted is not None:
            self._quality.add(actual, predicted)
        if given is not None and self._vector:
            self._scored.add(actual, given)
        return actual == 1 if self._binary else None

    def fields(self) -> dict[str, Any]:
        """Return the fields of the profile that this is about."""
        request = self._request
        told: dict[str, Any] = {
            "score_edges": self._edges,
            "metrics": (*self._quality.metrics(), *self._scored.metrics()),
        }
        if request.target or request.prediction:  # else nobody knows what the negative class is called
            told["classes"] = self._classes
            if request.prediction or self._vector:
                told["prediction"] = self._prediction.column()
        if self._score:
            told["score"] = self._score.column()
        if request.target:
            told["class_counts"] = tuple(self._class_counts[:-1].tolist())
        return told

    def _codes(self, chunk: Chunk, name: str | None) -> Codes | None:
        return self._survey.classes_of(chunk, name, self._classes) if name else None

    def _scores(self, chunk: Chunk) -> Floats | None:
        """Return a column for each score; a row with one that is missing has none."""
        columns = [chunk.cells[name].numbers(parse=True).values for name in self._request.scores.values()]
        if not columns:
            return None
        given = np.column_stack(columns)
        given[np.isnan(given).any(axis=1)] = np.nan
        return given

    def _predicted(self, chunk: Chunk, given: Floats | None) -> Codes | None:
        """Return predicted classes; where none is said, the one that the scores speak for."""
        said = self._codes(chunk, self._request.prediction)
        if given is None or not self._vector:
            return said
        if self._binary:
            decided = (given[:, 0] >= self._request.decision_threshold).astype(np.intp)
        else:
            decided = np.argmax(given, axis=1)
        decided = np.where(np.isnan(given[:, 0]), -1, decided)
        return decided if said is None else np.where(said < 0, decided, said)


class Values:
    """Counts predicted numbers and how far they are off."""

    def __init__(self, request: Request, survey: Survey) -> None:
        self._request = request
        self._prediction = self._errors = None
        if request.prediction:
            column = survey.columns[request.prediction]
            self._prediction = numeric_counter(FEATURE_PREDICTION, column.numbers, request.cells)
        if request.target:
            edges = error_edges(rounded(survey.target.deviation))
            self._errors = NumberQuality(edges, rounded(survey.target.mean))

    def add(self, chunk: Chunk) -> None:
        """Count the rows of a chunk."""
        predicted = self._numbers(chunk, self._request.prediction)
        actual = self._numbers(chunk, self._request.target)
        if predicted is not None and self._prediction:
            self._prediction.add_values(predicted)
        if predicted is not None and actual is not None and self._errors:
            self._errors.add(actual, predicted)

    def fields(self) -> dict[str, Any]:
        """Return the fields of the profile that this is about."""
        told: dict[str, Any] = {}
        if self._prediction:
            told["prediction"] = self._prediction.column()
        if self._errors:
            told |= {
                "error_edges": self._errors.edges,
                "target_mean": self._errors.centre,
                "metrics": tuple(self._errors.metrics()),
            }
        return told

    @staticmethod
    def _numbers(chunk: Chunk, name: str | None) -> Floats | None:
        return chunk.cells[name].numbers(parse=True).values if name else None


def numeric_counter(name: str, numbers: Sketch, cells: int) -> NumericCounter:
    """Return a counter with edges at the quantiles of what was surveyed; of few values, one cell for each."""
    distinct = numbers.distinct()
    if distinct is None or distinct.size > cells:
        distinct = numbers.sample()
    edges = edges_from_quantiles(distinct, cells)
    return NumericCounter(name, edges, numbers.range())


def _score_edges(survey: Survey, *, spread: bool) -> tuple[float, ...]:
    """Return edges for AUC and calibration; of many classes fewer, for each has series of its own."""
    positive, negative = survey.positive.sample(), survey.negative.sample()
    both = np.concatenate([positive, negative])
    edges = scores.reference_edges if spread else scores.balanced_quantiles
    return tuple(it for it in edges(both, np.arange(both.size) < positive.size) if 0 < it < 1)
