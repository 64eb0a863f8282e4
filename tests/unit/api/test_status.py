"""The status that the operator writes stays within its bounds, whatever happened."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from modelmonitor.api.status import (
    LARGEST_STATUS,
    Child,
    Condition,
    ConditionStatus,
    DriftState,
    DriftStatus,
    LabelsStatus,
    ModelMonitorStatus,
    ObjectiveState,
    ObjectiveStatus,
    Summary,
)

NOW = datetime(2026, 11, 21, 12, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))


def condition(kind: str = "Ready", message: str = "all is well") -> Condition:
    return Condition(
        type=kind, status=ConditionStatus.TRUE, reason="AsExpected", message=message, last_transition_time=NOW
    )


def size(status: ModelMonitorStatus) -> int:
    return len(json.dumps(status.to_object(), ensure_ascii=False).encode())


def test_a_status_is_written_as_the_api_takes_it_and_reads_back():
    status = ModelMonitorStatus(
        observed_generation=3,
        conditions=(condition(),),
        objectives=(
            ObjectiveStatus(
                name="fast", state=ObjectiveState.AT_RISK, sli=99.95, budget_remaining=1 / 3, since=NOW
            ),
            ObjectiveStatus(name="right", state=ObjectiveState.NO_DATA, reason="NoLabels", since=NOW),
        ),
        drift=(
            DriftStatus(
                feature="age", statistic="PSI", value=0.31, critical=0.2, samples=4200, state=DriftState.DRIFT
            ),
            DriftStatus(feature="@score", samples=7, state=DriftState.NO_DATA, reason="Insufficient"),
        ),
        labels=LabelsStatus(coverage=0.875, lag_p50="3h"),
        children=(Child(kind="PrometheusRule", name="churn-slo", hash="0a1b"),),
        adaptations=("page-quick: 14.4 became 8",),
        summary=Summary(health="AtRisk", objectives="1/2", budget="33%", drift="1 of 2"),
    )
    written = status.to_object()
    assert written == {
        "observedGeneration": 3,
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "AsExpected",
                "message": "all is well",
                "lastTransitionTime": "2026-11-21T10:00:00Z",
                "observedGeneration": 0,
            }
        ],
        "objectives": [
            {
                "name": "fast",
                "state": "AtRisk",
                "sli": 99.95,
                "budgetRemaining": 0.333333,
                "since": "2026-11-21T10:00:00Z",
            },
            {"name": "right", "state": "NoData", "reason": "NoLabels", "since": "2026-11-21T10:00:00Z"},
        ],
        "drift": [
            {
                "feature": "age",
                "statistic": "PSI",
                "value": 0.31,
                "critical": 0.2,
                "samples": 4200,
                "state": "Drift",
            },
            {"feature": "@score", "samples": 7, "state": "NoData", "reason": "Insufficient"},
        ],
        "labels": {"coverage": 0.875, "lagP50": "3h"},
        "children": [{"kind": "PrometheusRule", "name": "churn-slo", "hash": "0a1b"}],
        "adaptations": ["page-quick: 14.4 became 8"],
        "summary": {"health": "AtRisk", "objectives": "1/2", "budget": "33%", "drift": "1 of 2"},
    }
    assert ModelMonitorStatus.model_validate(written).to_object() == written


def test_a_status_of_another_version_can_be_read():
    read = ModelMonitorStatus.model_validate({"episode": {}, "conditions": [], "observedGeneration": 7})
    assert read.observed_generation == 7
    assert ModelMonitorStatus.model_validate({}).to_object()["objectives"] == []


def test_a_message_that_is_too_long_is_shortened_and_reported_all_the_same():
    assert condition(message="m" * 1024).message == "m" * 1024
    assert condition(message="m" * 1025).message == "m" * 1023 + "…"
    assert ModelMonitorStatus(adaptations=("a" * 999,)).adaptations == ("a" * 199 + "…",)


@pytest.mark.parametrize("letter", ["m", "é", "漢", "\U0001f600"])
def test_the_largest_status_fits_and_keeps_what_is_worth_most(letter):
    status = ModelMonitorStatus(
        observed_generation=2**62,
        conditions=tuple(
            condition(f"Condition{number:023}", letter * 1024).model_copy(
                update={"reason": "R" * 32, "observed_generation": 2**62}
            )
            for number in range(16)
        ),
        objectives=tuple(
            ObjectiveStatus(
                name=f"{number:040}",
                state=ObjectiveState.BREACHED,
                sli=99.123456,
                budget_remaining=-99999.123456,
                reason="R" * 32,
                since=NOW,
            )
            for number in range(50)
        ),
        children=tuple(Child(kind="K" * 32, name="n" * 63, hash="a" * 32) for _ in range(20)),
        adaptations=(letter * 200,) * 50,
        summary=Summary(health=letter * 32, objectives=letter * 32, budget=letter * 32, drift=letter * 32),
    )
    assert size(status) <= LARGEST_STATUS
    written = status.to_object()
    assert len(written["objectives"]) == 50
    assert len(written["conditions"]) == 16
    assert len(written["children"]) == 20


def test_adaptations_give_way_before_messages_and_no_more_than_needed():
    status = ModelMonitorStatus(
        conditions=(condition(message="m" * 1024),), adaptations=tuple(f"{n:0200}" for n in range(50))
    )
    small = ModelMonitorStatus(conditions=status.conditions, adaptations=status.adaptations[:40])
    assert status.to_object()["conditions"][0]["message"] == "m" * 1024
    assert len(status.to_object()["adaptations"]) == 50
    assert small.to_object()["adaptations"] == list(small.adaptations)
    many = ModelMonitorStatus(
        conditions=tuple(condition(f"C{n}", "m" * 1024) for n in range(8)), adaptations=status.adaptations
    )
    kept = many.to_object()["adaptations"]
    assert 0 < len(kept) < 50
    assert kept == list(many.adaptations[: len(kept)])
    assert LARGEST_STATUS - 210 < size(many) <= LARGEST_STATUS


@pytest.mark.parametrize(
    "broken",
    [
        {"objectives": [{"name": "a", "state": "Met", "since": NOW}] * 2},
        {"objectives": [{"name": "a", "state": "Fine", "since": NOW}]},
        {"objectives": [{"name": "a", "state": "Met", "since": "2026-11-21T10:00:00"}]},
        {"objectives": [{"name": "a", "state": "NoData", "since": NOW, "sli": float("nan")}]},
        {
            "conditions": [
                {"type": "ready", "status": "True", "reason": "R", "message": "", "lastTransitionTime": NOW}
            ]
        },
        {
            "conditions": [
                {"type": "Ready", "status": "Yes", "reason": "R", "message": "", "lastTransitionTime": NOW}
            ]
        },
    ],
    ids=str,
)
def test_a_status_that_the_api_server_would_refuse_cannot_be_made(broken):
    with pytest.raises(ValidationError):
        ModelMonitorStatus.model_validate(broken)


def test_times_are_in_utc_and_whole_seconds():
    (written,) = ModelMonitorStatus(conditions=(condition(),)).to_object()["conditions"]
    assert datetime.fromisoformat(written["lastTransitionTime"]) == NOW.astimezone(UTC).replace(microsecond=0)


def test_drifts_give_way_before_messages_but_the_worst_stay():
    drifts = tuple(
        DriftStatus(
            feature="漢" * 63, statistic="PSI", value=1, critical=0.1, samples=9, state=DriftState.DRIFT
        )
        for _ in range(10)
    )
    conditions = tuple(condition(f"C{n}", "m" * 1024) for n in range(13))
    written = ModelMonitorStatus(conditions=conditions[:9], drift=drifts).to_object()
    assert len(written["drift"]) == 10
    larger = ModelMonitorStatus(conditions=conditions, drift=drifts)
    kept = larger.to_object()
    assert 3 <= len(kept["drift"]) < 10
    assert {len(one["message"]) for one in kept["conditions"]} == {1024}
    assert size(larger) <= LARGEST_STATUS
