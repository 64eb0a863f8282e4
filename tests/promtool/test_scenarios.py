"""What the rules make of everything that happens to a model in real life."""

from collections.abc import Callable

import pytest

from promtool import scenarios, worlds
from promtool.runner import Promtool, Simulation

pytestmark = pytest.mark.promtool


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS, ids=lambda it: it.__name__)
def test_the_rules_say_what_happened(
    scenario: Callable[[worlds.Rules], Simulation], promtool: Promtool
) -> None:
    if complaints := promtool.run(scenario(worlds.rules)):
        pytest.fail(complaints, pytrace=False)
