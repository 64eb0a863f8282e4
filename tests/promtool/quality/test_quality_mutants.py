"""Every mistake in the rules of quality is noticed."""

import pytest

from promtool.quality.comparing import everything, simulation
from promtool.quality.quality_mutants import MUTANTS
from promtool.runner import Promtool

pytestmark = pytest.mark.promtool


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_of_the_rules_dies(name: str, promtool: Promtool, mutants_killed: dict[str, str]) -> None:
    mutant = MUTANTS[name]
    groups = mutant.groups()
    assert promtool.check_groups(groups) == "", "it dies of its syntax, which proves nothing"
    complaint = promtool.run(simulation(mutant.world, everything(mutant.world), mutant.course, groups))
    assert "FAILED" in complaint
    mutants_killed[name] = "equality of records and stats"
