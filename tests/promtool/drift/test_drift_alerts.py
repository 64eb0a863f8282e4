"""The two alerts: when they fire and end, and that they say what drifted, by how much and over what."""

import pytest

from promtool.drift import alerting
from promtool.runner import Promtool

pytestmark = pytest.mark.promtool


def test_an_alert_fires_at_once_and_outlasts_its_drift_by_a_window(promtool: Promtool) -> None:
    assert promtool.run(alerting.drift_that_ends()) == ""


def test_the_worst_five_are_told_with_numbers_whatever_their_names(promtool: Promtool) -> None:
    assert promtool.run(alerting.everything_drifts()) == ""


def test_no_rows_are_no_verdict_and_are_said_to_be_none(promtool: Promtool) -> None:
    assert promtool.run(alerting.without_rows()) == ""


def test_without_an_evaluator_nothing_is_told_of_drift(promtool: Promtool) -> None:
    assert promtool.run(alerting.without_evaluator()) == ""
