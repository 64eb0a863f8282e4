"""Every pair fires and ends at exactly the evaluation that the closed form says, from raw counters."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction

import pytest

from promtool.cells import Sweep
from promtool.runner import MINUTE, Promtool

pytestmark = pytest.mark.promtool

OBJECTIVES = ("66", "85", "90", "99", "99.9", "99.95")
PERIODS = ("7d", "28d", "30d")
THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
"""Also evaluate long windows every four minutes, and more objectives; takes half an hour."""

SWEEPS = [
    Sweep(objective, period, step)
    for objective in OBJECTIVES + (("75", "80", "95", "99.5", "99.99") if THOROUGH else ())
    for period in PERIODS
    for step in (MINUTE, 12 * MINUTE, *([4 * MINUTE] if THOROUGH else []))
]
Answers = dict[str, Future[str]]


@pytest.fixture(scope="module")
def answers(promtool: Promtool, request: pytest.FixtureRequest) -> Iterator[Answers]:
    """Two programs at a time; each test waits for its own."""
    own = [item for item in request.session.items if item.path == request.path]
    chosen = {item.callspec.params["sweep"] for item in own if "answers" in item.fixturenames}
    with ThreadPoolExecutor(2) as pool:
        yield {str(sweep): pool.submit(lambda it: promtool.run(it.simulation()), sweep) for sweep in chosen}


@pytest.mark.parametrize("sweep", SWEEPS, ids=str)
def test_alerts_fire_and_end_exactly_when_the_closed_form_says(
    sweep: Sweep, answers: Answers, record_property: Callable[[str, object], None]
) -> None:
    record_property("cells", len(sweep.cells) * len(sweep.pairs))
    if complaints := answers[str(sweep)].result():
        pytest.fail(complaints, pytrace=False)


def test_the_sweep_asserts_every_pair_of_every_objective() -> None:
    for percent, period in {(sweep.percent, sweep.period) for sweep in SWEEPS}:
        asserted = {pair.name for step in (1, 12) for pair in Sweep(percent, period, step * MINUTE).pairs}
        assert asserted == {pair.name for pair in Sweep(percent, period, MINUTE).slo.pairs}


def test_no_cell_is_decided_by_rounding() -> None:
    for sweep in SWEEPS:
        assert not any(sweep.forecast(pair, cell.outage).tied for cell in sweep.cells for pair in sweep.pairs)


def test_a_cell_of_each_kind_is_asserted() -> None:
    fates = [
        (cell.outage, sweep.forecast(pair, cell.outage))
        for sweep in SWEEPS
        for cell in sweep.cells
        for pair in sweep.pairs
    ]
    assert len({outage.counting for outage, fate in fates if fate.firing}) == 3
    assert any(fate.firing is None and fate.crossing is None for _, fate in fates)
    assert any(fate.firing is None and fate.crossing is not None for _, fate in fates), "too short"
    assert any(outage.ratio == Fraction(1) and fate.firing for outage, fate in fates)
