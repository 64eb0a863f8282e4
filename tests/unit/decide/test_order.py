"""Which of several propositions is the one that is told."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from modelmonitor.decide import injection, rollouts
from modelmonitor.decide.halt import Halt
from modelmonitor.decide.injection import Act, Asked, Situation
from modelmonitor.decide.workload import Workload
from modelmonitor.errors import NotInjectable
from modelmonitor.wire.injection import Injection

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WANTED = Injection(monitor="churn", image="evaluator:1", port="http")
TARGET = Workload("Deployment", "ml", "churn", "u", "1", 1)
MARKED = replace(
    TARGET, monitor="churn", inject="churn", injection=WANTED.hash, held=True, template_held=True
)
FREE = Situation(
    monitor="churn", named="Deployment churn", asked=Asked.WEBHOOK, injection=WANTED, target=TARGET
)
WORST: dict[str, dict[str, Any]] = {
    "NotAsked": {"asked": Asked.NOTHING},
    "KindUnsupported": {"known_kind": False},
    "TargetMissing": {"target": None},
    "ManualInjection": {"asked": Asked.MANUAL},
    "ImageNotConfigured": {"injection": None},
    "InjectedForOther": {"target": replace(TARGET, inject="fraud")},
    "HostNetwork": {"obstacle": NotInjectable("no", reason="HostNetwork")},
    "": {"target": MARKED},
    "RestartForbidden": {"restart": False},
    "TargetControlled": {"target": replace(TARGET, controller="InferenceService churn")},
    "InjectionStopped": {"halt": Halt("CrashLoop", "no", "evaluator:1", 1, NOW)},
    "WebhookUnavailable": {"webhook": "nobody answers"},
    "MarksRemoved": {"writes": 2},
    "RolloutWaiting": {"occupied": "another"},
}


def test_a_target_that_nothing_stands_against_is_marked() -> None:
    assert injection.step(FREE).act is Act.MARK


@pytest.mark.parametrize("reason", WORST)
def test_each_proposition_is_told_before_those_below_it(reason: str) -> None:
    names = list(WORST)
    below = [WORST[name] for name in names[names.index(reason) :] if name]
    fields: dict[str, Any] = {}
    for one in [WORST[reason], *below]:
        for field, value in one.items():
            fields.setdefault(field, value)
    found = injection.step(replace(FREE, **fields))
    assert (found.act, found.reason) == (Act.NOTHING, reason)


@pytest.mark.parametrize("held_back", [{"waits": "it is paused"}, {"rolling": "1 of 3"}])
def test_a_target_that_is_paused_or_rolls_waits(held_back: Any) -> None:
    assert injection.step(replace(FREE, target=replace(TARGET, **held_back))).reason == "RolloutWaiting"


def test_the_label_of_the_team_alone_is_enough_where_we_may_not_restart() -> None:
    own = replace(FREE, target=replace(TARGET, inject="churn"), restart=False)
    assert injection.is_marked(own)
    assert not injection.is_marked(replace(own, restart=True))


@pytest.mark.parametrize(
    ("target", "occupied", "act"),
    [
        (MARKED, "", Act.UNMARK),
        (MARKED, "another", Act.NOTHING),
        (replace(MARKED, rolling="1 of 3"), "", Act.NOTHING),
        (replace(MARKED, rolling="1 of 3", stuck=True), "", Act.UNMARK),
        (replace(MARKED, waits="it is paused"), "another", Act.UNMARK),
        (replace(MARKED, template_held=False), "another", Act.LET_GO),
        (replace(MARKED, template_held=False, rolling="1 of 3"), "", Act.NOTHING),
        (replace(MARKED, template_held=False, rolling="1 of 3", waits="it is paused"), "", Act.LET_GO),
        (replace(MARKED, held=False, template_held=False), "", Act.NOTHING),
    ],
)
def test_the_way_back_waits_as_the_way_there(target: Workload, occupied: str, act: Act) -> None:
    assert injection.release(target, occupied).act is act


def test_only_rollouts_because_of_us_are_counted() -> None:
    ours = replace(MARKED, uid="v", namespace="other", rolling="1 of 3", written=NOW)
    assert rollouts.occupied([ours], TARGET, 1, NOW)
    assert not rollouts.occupied([ours], TARGET, 2, NOW)
    for change in ({"written": NOW.replace(hour=9)}, {"stuck": True}, {"rolling": ""}, {"waits": "paused"}):
        assert not rollouts.occupied([replace(ours, **change)], TARGET, 1, NOW), change
    assert not rollouts.occupied([replace(ours, uid=TARGET.uid)], TARGET, 1, NOW), "itself"
