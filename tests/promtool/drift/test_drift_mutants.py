"""The scenes notice every mistake that rules about drift could have."""

import functools
from collections.abc import Callable

import pytest

from modelmonitor.plan.scope import Scope
from promtool.drift import alerting, monitors, scenes
from promtool.drift.drift_mutants import MUTANTS
from promtool.drift.monitors import Rules
from promtool.runner import Promtool, Simulation

pytestmark = pytest.mark.promtool

KILLERS = {
    **{f"judged by {it}": functools.partial(scenes.judged, statistic=it) for it in scenes.STATISTICS},
    "judged without tolerance": functools.partial(scenes.judged, tolerate=0),
    "what an alert says": alerting.everything_drifts,
    "no rows": alerting.without_rows,
    "last week": scenes.against_last_week,
    "half a day of last week": scenes.over_half_a_day_of_last_week,
    "drift that ends": alerting.drift_that_ends,
    "seven hours": scenes.over_seven_hours,
}
"""Quick ones first."""


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_of_drift_is_killed(mutant: str, promtool: Promtool, mutants_killed: dict[str, str]) -> None:
    make = MUTANTS[mutant]
    changed = [of for of in map(_scope, KILLERS.values()) if make(of) != monitors.rules(of)]
    assert changed, "it is no mutant"
    assert promtool.check_groups(make(changed[0])) == "", "it dies of its syntax, which proves nothing"
    scenes_of_it = ((name, scene(make)) for name, scene in KILLERS.items() if _scope(scene) in changed)
    complaints = ((name, promtool.run(scene)) for name, scene in scenes_of_it)
    killer, complaint = next(((name, text) for name, text in complaints if text), ("", ""))
    assert killer, "no scene notices it"
    assert "err:" not in complaint, "it dies of an error, which proves nothing"
    mutants_killed[mutant] = killer


@functools.cache
def _scope(scene: Callable[[Rules], Simulation]) -> Scope:
    """Find what a scene asks for."""
    found: list[Scope] = []
    scene(lambda of: found.append(of) or monitors.rules(of))
    return found[0]
