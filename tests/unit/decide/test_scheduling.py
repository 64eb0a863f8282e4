"""Whose fault it is that pods find no node, as far as pods can tell."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from modelmonitor.decide import scheduling
from modelmonitor.decide.pod import Pod

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
AGO = NOW - timedelta(minutes=5)
DEPLOYMENT = ("Deployment", "churn")
WAITS = Pod("a", "a", "churn", DEPLOYMENT, "evaluator:1", AGO, AGO, trouble="Unschedulable")
BARE = Pod("b", "b", "churn", DEPLOYMENT, made=NOW, waiting=NOW)
PLACED = replace(BARE, name="c", waiting=None, placed=True)
NEW = replace(BARE, name="d", waiting=None)
SINCE = NOW - timedelta(seconds=5)


@pytest.mark.parametrize(
    "other",
    [
        WAITS,
        PLACED,
        NEW,
        replace(BARE, controller=("Deployment", "fraud")),
        replace(BARE, leaving=True),
    ],
    ids=["another that waits", "one with a node", "a new one", "one of another workload", "one that ends"],
)
def test_it_may_be_the_evaluator_unless_one_without_waits_as_well(other: Pod) -> None:
    assert scheduling.blamed([WAITS, other], NOW)
    assert scheduling.blamed([WAITS, other, BARE], NOW) == []


@pytest.mark.parametrize(
    "change",
    [{"waiting": NOW - timedelta(seconds=59)}, {"leaving": True}, {"trouble": ""}],
    ids=["not for long", "it ends", "for something else"],
)
def test_it_is_not_the_evaluator(change: dict[str, object]) -> None:
    assert scheduling.blamed([replace(WAITS, **change)], NOW) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tried", "refuted", "freed"),
    [
        ([], False, "a"),
        ([NEW], False, ""),
        ([BARE], True, ""),
        ([PLACED], False, "az"),
        ([PLACED, BARE], False, "az"),
        ([replace(PLACED, made=AGO)], False, "a"),
        ([replace(PLACED, made=SINCE - timedelta(seconds=20))], False, "az"),
    ],
    ids=["none", "new", "waits", "placed", "both", "placed before", "placed, by another clock"],
)
def test_one_without_an_evaluator_tries_for_all(tried: list[Pod], refuted: bool, freed: str) -> None:
    pods = [replace(WAITS, name="z"), WAITS, *tried]
    found = scheduling.acquittal(SINCE, pods, NOW)
    assert (found is not None) is refuted
    assert {one.name for one in scheduling.acquitting(pods, found)} == ({"b"} if refuted else set())
    assert {one.name for one in scheduling.freed(pods, SINCE, AGO, NOW)} == set(freed)


def test_pods_of_nodes_of_their_own_tell_nothing_of_each_other() -> None:
    waits, bare = (replace(one, controller=("DaemonSet", "churn")) for one in (WAITS, BARE))
    assert scheduling.blamed([waits, bare], NOW) == [waits]
    assert scheduling.acquittal(SINCE, [bare], NOW) is None
    assert scheduling.freed([waits, replace(waits, name="z"), bare], SINCE, AGO, NOW) == [
        waits, replace(waits, name="z")
    ]  # fmt: skip
