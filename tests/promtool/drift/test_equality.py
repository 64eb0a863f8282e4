"""What the rules tell is what `stats.drift.judge` tells, from the counters of two replicas."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from modelmonitor.plan import names
from modelmonitor.plan.scope import Scope
from promtool.drift import columns, monitors
from promtool.drift.columns import Case
from promtool.drift.replicas import Replica, together
from promtool.runner import Ask, Promtool, Simulation

pytestmark = pytest.mark.promtool

HOUR = Fraction(3600)
RECORDS = (names.DRIFT_DISTANCE, names.DRIFT_CRITICAL, names.DRIFT_EXCESS, names.DRIFT_INSUFFICIENT)
TRUTH = "truth"
"""The name of series of what numpy says, that promtool reads beside the counters: it compares to the last bit."""


def truth(of: Scope, live: dict[str, Any]) -> dict[str, monitors.Values]:
    """Give all records about drift as numpy says them."""
    critical, excess, insufficient = monitors.judged(of, live)
    return {
        names.DRIFT_DISTANCE: monitors.distances(of, live),
        names.DRIFT_CRITICAL: critical,
        names.DRIFT_EXCESS: excess,
        names.DRIFT_INSUFFICIENT: insufficient,
    }


def told(values: monitors.Values) -> dict[str, str]:
    """Write them as series."""
    return {f"{TRUTH}:{name}": f"{value!r}x200" for name, value in values.items()}


def asks(of: Scope, record: str, at: Fraction = 2 * HOUR) -> list[Ask]:
    """Ask that a record has the values of its truth to a millionth, and no series more or less."""
    found = monitors.series(of, record)
    known = f"{TRUTH}:{found}"
    queries = (f"abs({found} - {known}) > 1e-6 * abs({known}) + 1e-12",
               f"{found} unless {known}", f"{known} unless {found}")  # fmt: skip
    return [Ask(query, at, {}) for query in queries]


OUTPUTS = (
    Case(monitors.PREDICTION, ((700, 300, 1, 0), (650, 350, 0, 0))),
    Case(monitors.SCORE, ((400, 300, 200, 130, 0), (380, 280, 210, 140, 5))),
)


def simulated(of: Scope, cases: Sequence[Case]) -> Simulation:
    """Let two replicas, of two versions, count the cases in the second hour, and something else before."""
    every = [*cases, *OUTPUTS]
    sides = [{_name(case): case.live(number) for case in every} for number in range(2)]
    series: dict[str, str] = {}
    for number, side in enumerate(sides):
        phases = [(60, sides[1 - number]), (60, side)]
        series |= Replica(of.scheme, phases, f"churn-{number}", f"v{number}").series()
    for values in truth(of, together(sides)).values():
        series |= told(values)
    every_ask = [ask for record in RECORDS for ask in asks(of, record)]
    return Simulation(monitors.groups(of), series, every_ask, step=HOUR, scrape=Fraction(60))


def _name(case: Case) -> str:
    return {"predicted": "@prediction", "score": "@score"}.get(case.column.name, case.column.name)


@pytest.mark.parametrize("tolerate", [0, 0.02, 0.1])
@pytest.mark.parametrize("statistic", ["PSI", "JS", "KS", "ChiSquared"])
def test_rules_judge_as_numpy_does(statistic: str, tolerate: float, promtool: Promtool) -> None:
    rng = np.random.default_rng(5)
    cases = [*columns.CASES, *columns.random(rng, 20)]
    block = {"statistic": statistic, "tolerate": tolerate}
    of = monitors.scope(
        monitors.profile([case.column for case in cases]),
        features=block,
        prediction=block,
        falseAlarmsPerMonth=3,
        overrides=[
            {"feature": columns.ODD, "statistic": "PSI", "tolerate": 0.07},
            {"feature": "shifted", "statistic": "KS", "tolerate": 0.05},
            {"feature": "@score", "statistic": "JS", "tolerate": 0.002},
        ],
    )
    assert promtool.run(simulated(of, cases)) == ""
