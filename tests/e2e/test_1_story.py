"""The story of the demo, act by act; each builds on the one before."""

import pytest

from demo.story import Story
from e2e import panels

pytestmark = pytest.mark.cluster


def test_one_yaml_becomes_rules_that_prometheus_selects_and_evaluates(story: Story):
    story.apply_the_monitor()


def test_an_invalid_edit_leaves_the_old_rules_in_place(story: Story):
    story.refuse_an_invalid_edit()


def test_while_the_model_works_its_objectives_are_met(story: Story):
    story.see_objectives_met()


def test_a_broken_model_fires_the_page_then_the_ticket_within_the_time_of_the_closed_form(story: Story):
    story.break_the_model()
    story.see_alerts_fire()


def test_killing_the_operator_in_the_middle_changes_nothing(story: Story):
    story.kill_the_operator()


def test_the_status_and_kubectl_tell_the_breach(story: Story):
    story.see_the_breach()


def test_no_panel_of_the_dashboards_is_empty(story: Story):
    assert panels.empty(story) == []


def test_recovery_ends_the_alerts(story: Story):
    story.heal_the_model()


def test_a_deleted_monitor_takes_its_children_along(story: Story):
    story.delete_the_monitor()
