"""The suite notices every mistake that real rules have had: a check or a scenario kills each mutant."""

from collections.abc import Callable

import pytest

from monitors import pair
from promtool import budget, scenarios, structure, timing, worlds
from promtool.mutants import MUTANTS
from promtool.runner import Promtool

pytestmark = pytest.mark.promtool

KILLERS = (
    timing.errors_as_a_rate,
    scenarios.without_traffic_there_is_no_ratio,
    scenarios.missing_error_counter_means_zero_errors,
    scenarios.only_the_group_that_burns_is_told_of,
    scenarios.slices_that_are_not_a_number_do_not_count,
    scenarios.a_guard_of_one_s_own_counts_events_of_the_long_window,
    budget.budget_is_exact_on_bursts,
    scenarios.alerts_explain_themselves,
    scenarios.the_slowest_ticket_stays_silent_below_its_threshold,
)


BODIES = (
    worlds.events(),
    worlds.events(window="28d"),
    worlds.events(worlds.GROUPED),
    worlds.events(sli={"timeslices": {"query": "auc", "atLeast": 0.8}}, objective=97),
    worlds.events(window="1d", pairs=[pair()]),
)


@pytest.mark.parametrize("check", structure.CHECKS, ids=lambda it: it.__name__)
def test_the_rules_are_well_formed(check: Callable[[worlds.Rules], str]) -> None:
    assert check(worlds.rules) == ""


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_killed(mutant: str, promtool: Promtool, mutants_killed: dict[str, str]) -> None:
    make = MUTANTS[mutant]
    changed = [body for body in BODIES if make(body) != worlds.rules(body)]
    assert changed, "it is no mutant"
    assert promtool.check_groups(make(changed[0])) == "", "it dies of its syntax, which proves nothing"
    killer = next((it.__name__ for it in structure.CHECKS if it(make)), None)
    killer = killer or next((it.__name__ for it in KILLERS if promtool.run(it(make))), None)
    assert killer, f"{mutant}: no check and no scenario notices it"
    mutants_killed[mutant] = killer
