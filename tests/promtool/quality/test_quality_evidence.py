"""How sure a metric says that it is."""

import math

import numpy as np
import pytest

from modelmonitor.api.duration import Duration
from modelmonitor.plan.quality import evidence
from modelmonitor.stats import classification, outcomes
from modelmonitor.stats.scores import ScoreByActual, score_edges
from modelmonitor.wire.config import Task
from promtool.quality import sureness
from promtool.quality.comparing import metrics, simulation
from promtool.quality.judged import World
from promtool.runner import Promtool

HOUR = Duration.parse("1h")


@pytest.mark.promtool
@pytest.mark.parametrize("task", Task)
def test_evidence_is_that_of_all_rows(task: Task, promtool: Promtool) -> None:
    world, told = World(task), {}
    for metric in metrics(task):
        found, expected = evidence.evidence(world.scope, metric, HOUR), sureness.sure(world.merged, metric)
        pairs = [
            (found.rows, expected.rows),
            (found.successes, expected.successes),
            (found.standard_error, expected.error),
        ]
        for expr, value in pairs:
            assert (expr is None) == (value is None)
            told |= {} if expr is None or value is None else {expr: {frozenset(): float(value)}}
        assert None in (found.successes, found.standard_error), "one of both says it"
    assert promtool.run(simulation(world, told)) == ""


@pytest.mark.parametrize("metric", ["F1", "macro F1", "Recall", "RocAuc"])
def test_a_standard_error_is_that_of_repeated_windows_or_more(metric: str) -> None:
    values, errors = repeated(metric, np.random.default_rng(5))
    assert 0.97 < np.mean(errors) / np.std(values) < (1.3 if metric == "macro F1" else 1.05)


def repeated(metric: str, rng: np.random.Generator, windows: int = 3000) -> tuple[list[float], list[float]]:
    """Give a metric of many windows of the same traffic, and how sure each says that it is."""
    values, errors = [], []
    for _ in range(windows if metric != "RocAuc" else windows // 5):
        if metric == "RocAuc":
            positives, negatives = rng.normal(1, 1, 60).round(1), rng.normal(0, 1, 140).round(1)
            above = (positives[:, None] > negatives) + (positives[:, None] == negatives) / 2
            values.append(above.mean())
            errors.append(sureness.delong(positives, negatives))
            continue
        actual = rng.choice(3, 400, p=[0.5, 0.3, 0.2])
        predicted = np.where(rng.random(400) < 0.7, actual, rng.integers(0, 3, 400))
        each = classification.Confusion.count(actual, predicted, "abc").outcomes
        if metric == "F1":
            successes, rows = sureness.f1_share(each.tp[1], each.fp[1] + each.fn[1])
            values.append(successes / rows)
            errors.append(math.sqrt(values[-1] * (1 - values[-1]) / rows))
        else:
            name = metric.removeprefix("macro ")
            values.append(outcomes.macro(sureness.RATES[name](each)))
            errors.append(sureness.mean_error(each, name))
    return values, errors


@pytest.mark.parametrize(
    ("sharpness", "foretells", "off"),
    [((1, 2), 1.0, 0.01), ((0.3, 3), 1.0, 0.01), ((0.2, 20), 1.0, 0.01), ((0.5, 0.5), 0.5, 0.08)],
    ids=["calibrated", "skewed", "rare", "heaped at 0 and 1, and overconfident"],
)
def test_the_middles_of_cells_tell_how_losses_spread(
    sharpness: tuple[float, float], foretells: float, off: float
) -> None:
    rng = np.random.default_rng(8)
    score = rng.beta(*sharpness, 20_000)
    truth = rng.random(20_000) < 0.5 + foretells * (score - 0.5)
    cells = ScoreByActual.binary(truth, score, score_edges([0.5]), "yes")
    losses = {
        "LogLoss": -np.log(np.maximum(np.where(truth, score, 1 - score), 1e-15)),
        "Brier": (score - truth) ** 2,
    }
    for metric, loss in losses.items():
        error = sureness.of_scores(cells, metric, binary=True)
        assert error == pytest.approx(loss.std() / math.sqrt(len(loss)), rel=off)
