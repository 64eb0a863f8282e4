"""What the rules tell is what `stats.drift.judge` tells, from the counters of two replicas."""

import pytest

from promtool.drift import scenes
from promtool.runner import Promtool

pytestmark = pytest.mark.promtool


@pytest.mark.parametrize("tolerate", [0, 0.05])
@pytest.mark.parametrize("statistic", scenes.STATISTICS)
def test_rules_judge_as_numpy_does(statistic: str, tolerate: float, promtool: Promtool) -> None:
    scene = scenes.judged(statistic=statistic, tolerate=tolerate, number=20)
    assert promtool.run(scene) == ""


def test_last_week_is_judged_as_a_reference_that_is_random_itself(promtool: Promtool) -> None:
    assert promtool.run(scenes.against_last_week()) == ""


def test_a_long_window_is_the_sum_of_its_five_minutes(promtool: Promtool) -> None:
    assert promtool.run(scenes.over_seven_hours()) == ""


def test_a_long_window_is_judged_by_the_one_of_last_week(promtool: Promtool) -> None:
    assert promtool.run(scenes.over_half_a_day_of_last_week()) == ""
