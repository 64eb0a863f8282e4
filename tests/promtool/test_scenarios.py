"""What the rules make of everything that happens to a model in real life."""

from collections.abc import Callable

import pytest

from promtool import scenarios
from promtool.runner import Promtool, Simulation

pytestmark = pytest.mark.promtool


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS, ids=lambda it: it.__name__)
def test_the_rules_say_what_happened(
    scenario: Callable[[scenarios.Rules], Simulation], promtool: Promtool
) -> None:
    if complaints := promtool.run(scenario(scenarios.rules)):
        pytest.fail(complaints, pytrace=False)
