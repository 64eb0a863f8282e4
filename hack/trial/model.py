"""The sample model: a logistic regression of churn, trained on the sample in some milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trial.customers import NUMBERS, Customer, Value

Floats = NDArray[np.float64]
_PLANS = ("standard", "premium")
_STEPS, _RIDGE = 25, 1e-3


@dataclass(frozen=True)
class Model:
    """Weights of standardised numbers, of plans and of 1; nothing is said by a customer's sex."""

    means: Floats
    scales: Floats
    weights: Floats

    def scores(self, rows: Sequence[dict[str, Value]]) -> Floats:
        """Return the probability of each customer to leave; shape (rows,)."""
        return _chances(self._inputs(rows) @ self.weights)

    def _inputs(self, rows: Sequence[dict[str, Value]]) -> Floats:
        numbers = (_numbers(rows) - self.means) / self.scales
        plans = [[float(row["plan"] == plan) for plan in _PLANS] for row in rows]
        return np.hstack([np.nan_to_num(numbers), np.array(plans), np.ones((len(rows), 1))])


def train(customers: Sequence[Customer]) -> Model:
    """Fit a model by Newton's method, with a little ridge; what is not known counts as the mean."""
    rows = [customer.features for customer in customers]
    numbers = _numbers(rows)
    empty = Model(np.nanmean(numbers, axis=0), np.nanstd(numbers, axis=0), np.zeros(0))
    inputs = empty._inputs(rows)
    left = np.array([customer.churned for customer in customers], dtype=float)
    weights = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        chances = _chances(inputs @ weights)
        curvature = (inputs.T * (chances * (1 - chances))) @ inputs + _RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curvature, inputs.T @ (left - chances) - _RIDGE * weights)
    return Model(empty.means, empty.scales, weights)


def _numbers(rows: Sequence[dict[str, Value]]) -> Floats:
    return np.array([[np.nan if row[name] is None else row[name] for name in NUMBERS] for row in rows], float)


def _chances(log_odds: Floats) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-log_odds))
    return chances
