"""The story of the demo, act by act; each builds on the one before."""

from contextlib import suppress

import pytest

from demo.session import StoryError, until
from demo.story import Story
from e2e import panels

pytestmark = pytest.mark.cluster


def test_what_a_model_did_when_it_was_good_becomes_its_reference(story: Story):
    story.profile_the_reference()


def test_one_yaml_becomes_evaluators_rules_and_routes_and_costs_no_request(story: Story):
    story.apply_the_monitor()


def test_while_all_is_well_verdicts_are_given_and_nobody_is_told_anything(story: Story):
    story.see_nothing_fire()


def test_an_invalid_edit_changes_nothing(story: Story):
    story.let_storms_come()
    story.refuse_an_invalid_edit()


def test_killing_the_operator_changes_nothing(story: Story):
    story.kill_the_operator()


def test_drift_warns_in_slack_and_by_mail(story: Story):
    story.see_quality_fall()  # the acts overlap, so that the path is short
    story.release_a_fault()
    story.see_drift_told()


def test_bad_quality_pages(story: Story):
    story.see_quality_told()


def test_a_faulty_release_pages_within_the_time_of_the_closed_form(story: Story):
    story.see_availability_told()


def test_pages_end_when_all_is_well_again(story: Story):
    story.recover()
    story.see_pages_end()


def test_no_panel_of_the_dashboards_is_empty(story: Story):
    with suppress(StoryError):
        until("no panel is empty", panels.FED_WITHIN, lambda: not panels.empty(story))
    assert panels.empty(story) == []


def test_the_dashboards_are_a_page_without_grafana(story: Story):
    story.show_the_live_page()
