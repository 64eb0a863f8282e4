"""Days and weeks have seasons, which are no drift against last week; a change of the model still is."""

import functools
from fractions import Fraction

import numpy as np
import pytest

from modelmonitor.plan import names
from modelmonitor.plan.scope import Scope
from promtool.drift import columns, monitors
from promtool.drift.replicas import Counts, Replica, counted
from promtool.runner import Ask, Promtool, Simulation

pytestmark = pytest.mark.promtool

MINUTE, HOUR, DAY = Fraction(60), Fraction(3600), Fraction(86400)
HALF = 30 * MINUTE
CHANGE = 8 * DAY + 12 * HOUR
END = CHANGE + 2 * HOUR
SHAPE = np.linspace(-1, 1, 10)
SCORE = columns.numeric("@score", columns.EVEN)
AMOUNT = columns.numeric("amount", columns.EVEN)


def share(time: float, change: float) -> np.ndarray:
    """Give the shares of cells: high scores by day and at weekends."""
    day, weekday = time / 86400 % 1, int(time / 86400) % 7
    tilt = 0.8 * np.sin(2 * np.pi * day) + (0.7 if weekday in (0, 1) else 0) + change
    weights = np.exp(tilt * SHAPE)
    return np.asarray(weights / weights.sum())


@functools.cache
def traffic() -> tuple[tuple[int, Counts], ...]:
    """Give the counts of each half hour: four to twelve thousand rows, by the hour and the day."""
    rng = np.random.default_rng(7)
    phases = []
    for time in np.arange(0, float(END), float(HALF)):
        rows = rng.poisson(8000 + 4000 * np.sin(2 * np.pi * time / 86400 + 1))
        change = -0.9 if time >= CHANGE else 0
        cells = {it.name: rng.multinomial(rows, share(time, change)).tolist() for it in (SCORE, AMOUNT)}
        phases.append((1, {it.name: counted(it, [*cells[it.name], 0]) for it in (SCORE, AMOUNT)}))
    return tuple(phases)


def simulation(of: Scope, asks: list[Ask]) -> Simulation:
    series = Replica(of.scheme, traffic()).series()
    return Simulation(monitors.rules(of), series, asks, step=HALF)


def scope(against: str) -> Scope:
    return monitors.scope([SCORE, AMOUNT], against=against)


def test_a_season_is_silent_against_last_week_and_a_change_is_not(promtool: Promtool) -> None:
    of = scope("LastWeek")
    fires = monitors.alert(of, "Prediction")
    excess = monitors.series(of, names.DRIFT_EXCESS)
    asks = [
        Ask(f"count(count_over_time({excess}[1d]) == 48)", CHANGE, {"{}": 2}),
        Ask(f"max_over_time({excess}[36h]) > 1", CHANGE, {}),
        Ask(f"count_over_time({fires}[9d])", CHANGE, {}),
        Ask(f"count({fires})", CHANGE + HOUR, {"{}": 1}),
    ]
    assert promtool.run(simulation(of, asks)) == ""


def test_the_same_season_is_drift_from_a_reference(promtool: Promtool) -> None:
    of = scope("Reference")
    fires = monitors.alert(of, "Prediction")
    asks = [Ask(f"count(count_over_time({fires}[9d]))", CHANGE, {"{}": 1})]
    assert promtool.run(simulation(of, asks)) == ""
