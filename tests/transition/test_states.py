"""What Prometheus shows, told in states and conditions over time."""

import pytest

from modelmonitor.errors import PrometheusError
from modelmonitor.report.outcome import Evidence, Loading
from transition.world import Play, seen

MISSING = Loading(missing=("availability-burn",))


async def told(play: Play, said: Evidence | PrometheusError | None) -> dict[str, object]:
    play.said = said
    play.later(minutes=2)
    play.reconciler._told_at.clear()  # as if a minute had passed
    await play.visit()
    return play.status()["objectives"][0]


@pytest.fixture
async def play() -> Play:
    made = Play()
    made.monitor()
    await made.visit()
    return made


@pytest.mark.parametrize(
    ("sight", "state"),
    [
        ({"remaining": 1.0, "flowing": True}, "Met"),
        ({"remaining": 0.25}, "Met"),
        ({"remaining": 0.249}, "AtRisk"),
        ({"remaining": 0.9, "burning": True}, "AtRisk"),
        ({"burning": True}, "AtRisk"),
        ({"remaining": 0.0}, "Breached"),
        ({"remaining": -2.0, "absent": True}, "Breached"),
        ({"remaining": 0.9, "absent": True}, "NoData"),
        ({}, "NoData"),
    ],
)
async def test_the_state_follows_from_what_is_seen(play: Play, sight: dict[str, object], state: str) -> None:
    assert (await told(play, seen(**sight)))["state"] == state
    assert play.status()["summary"]["health"] == state


@pytest.mark.parametrize("said", [None, PrometheusError("down")])
async def test_silence_is_never_met(play: Play, said: PrometheusError | None) -> None:
    assert (await told(play, seen(remaining=1.0)))["state"] == "Met"
    after = await told(play, said)
    assert after["state"] == "NoData"
    assert "budgetRemaining" not in after
    assert play.condition("Breached")["status"] == "Unknown"


async def test_numbers_have_three_digits_and_a_start(play: Play) -> None:
    met = await told(play, seen(remaining=0.87654))
    assert (met["budgetRemaining"], met["sli"]) == (0.877, 99.877)
    assert play.status()["summary"] == {"health": "Met", "objectives": "1/1", "budget": "87.7%", "drift": ""}
    since = met["since"]
    assert (await told(play, seen(remaining=0.5)))["since"] == since
    assert (await told(play, seen(remaining=-0.5)))["since"] != since
    assert play.status()["summary"] == {
        "health": "Breached",
        "objectives": "0/1",
        "budget": "-50%",
        "drift": "",
    }


async def test_numbers_alone_are_written_once_a_minute_and_a_state_at_once(play: Play) -> None:
    await told(play, seen(remaining=0.9))
    play.said = seen(remaining=0.8)
    assert await play.visit() == []
    play.said = seen(remaining=-0.1)
    assert await play.visit() == [("status", "ModelMonitor", "churn")]


async def test_rules_that_do_not_come_are_waited_for_and_then_missed(play: Play) -> None:
    await told(play, seen(MISSING))
    assert play.reason("RulesLoaded") == "Waiting"
    assert play.look_again == 15
    play.later(minutes=3)
    await play.visit()
    assert (play.reason("RulesLoaded"), play.condition("RulesLoaded")["status"]) == ("NotSelected", "False")
    assert "ruleSelector" in play.condition("RulesLoaded")["message"]
    await told(play, seen(MISSING))
    assert play.reason("RulesLoaded") == "NotSelected"
    await told(play, seen(flowing=True, remaining=1.0))
    assert (play.reason("RulesLoaded"), play.reason("DataFlowing")) == ("Loaded", "Flowing")


async def test_the_wait_for_rules_begins_when_they_are_first_missed(play: Play) -> None:
    play.later(hours=1)
    await told(play, PrometheusError("down"))
    play.later(hours=1)
    await told(play, seen(MISSING))
    assert play.reason("RulesLoaded") == "Waiting"
    await told(play, seen(MISSING))
    assert play.reason("RulesLoaded") == "Waiting"


async def test_a_rule_that_fails_is_quoted(play: Play) -> None:
    await told(play, seen(Loading(error="slo:x: many-to-many matching")))
    assert play.reason("RulesLoaded") == "RulesUnhealthy"
    assert "many-to-many" in play.condition("RulesLoaded")["message"]


async def test_a_window_longer_than_the_retention_is_told_with_both_numbers(play: Play) -> None:
    await told(play, seen(retention=15 * 86400.0, remaining=1.0, flowing=True))
    loaded = play.condition("RulesLoaded")
    assert (loaded["status"], loaded["reason"]) == ("True", "RetentionTooShort")
    assert "15d" in loaded["message"]
    assert "30d" in loaded["message"]
    await told(play, seen(retention=30 * 86400.0, remaining=1.0))
    assert play.reason("RulesLoaded") == "Loaded"


async def test_no_traffic_and_no_series_are_told_apart(play: Play) -> None:
    await told(play, seen(remaining=1.0))
    assert play.reason("DataFlowing") == "NoTraffic"
    await told(play, seen(remaining=1.0, absent=True))
    assert play.reason("DataFlowing") == "NoSeries"


async def test_a_status_stays_below_its_limit() -> None:
    play = Play()
    sli = {"timeslices": {"query": "up", "atLeast": 1}}
    play.monitor(objectives=[{"name": f"o{'x' * 36}-{n}", "objective": 66, "sli": sli} for n in range(50)])
    await play.visit()
    assert play.reason("Ready") == "Reconciled"
    assert len(str(play.status()).encode()) < 16 * 1024
