"""The demo tells what happened, and how long it took from an event to whoever was told."""

from pathlib import Path

import pytest

from demo.timeline import Passage, Timeline


def test_the_story_is_told_in_the_order_in_which_it_happened(capsys: pytest.CaptureFixture[str]) -> None:
    timeline = Timeline(began=1000.0)
    timeline.note("told to Slack", at=1200.0)
    timeline.note("drift", at=1065.0)
    assert capsys.readouterr().out == "  3:20  told to Slack\n  1:05  drift\n"
    story = timeline.text().splitlines()
    assert story[2:4] == ["    1:05  drift", "    3:20  told to Slack"]


def test_times_from_an_event_to_its_notification_are_in_a_table(tmp_path: Path) -> None:
    timeline = Timeline(began=1000.0)
    timeline.passages.append(Passage("the storms begin", at=1010.0, alert=1070.5, told=1131.0, to="Slack"))
    timeline.save(tmp_path / "build" / "timeline.txt")
    saved = (tmp_path / "build" / "timeline.txt").read_text().splitlines()
    assert saved[-2].split() == ["EVENT", "ALERT", "TOLD", "WHO"]
    assert saved[-1].split() == ["the", "storms", "begin", "1:00", "2:01", "Slack"]
