"""When refused pods stop the injection: of marked workloads only, and what was not made not at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from modelmonitor.decide import halt
from modelmonitor.decide.halt import Halt
from modelmonitor.decide.workload import Workload

NOW = datetime(2026, 11, 26, 12, 0, 0, 1, tzinfo=UTC)
MARKED = Workload("Deployment", "ml", "churn", "u", "1", 1, monitor="churn", inject="churn")
SAID = "exceeded quota: small"


def found(one: Workload, missing_for: timedelta = timedelta(0)) -> Halt | None:
    return halt.refused([one], missing_for, "evaluator:1", 2, NOW)


def test_refused_pods_of_a_marked_workload_stop_the_injection() -> None:
    stops = found(replace(MARKED, refused=SAID))
    assert stops == Halt(
        "PodsRefused", f"Deployment churn: {SAID}", "evaluator:1", 2, NOW.replace(microsecond=0)
    )
    assert stops is not None
    assert halt.read(stops.text, "evaluator:1") == stops


@pytest.mark.parametrize("marks", [{"inject": ""}, {"inject": "fraud"}, {"inject": "", "monitor": ""}])
def test_refused_pods_that_ask_for_no_evaluator_of_this_monitor_are_not_ours(marks: dict[str, str]) -> None:
    assert found(replace(MARKED, refused=SAID, **marks)) is None


def test_pods_that_are_not_made_stop_it_after_a_while() -> None:
    one = replace(MARKED, kind="StatefulSet", missing="2 of 3 pods were made")
    assert found(one, halt.MISSING_FOR - timedelta(seconds=1)) is None
    stops = found(one, halt.MISSING_FOR)
    assert stops is not None
    assert "StatefulSet churn: 2 of 3 pods were made" in stops.message
    assert found(MARKED, timedelta(days=1)) is None
