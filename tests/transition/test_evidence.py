"""What evaluators count, told in drifts, labels, conditions, and in a reason wherever there is no data."""

import json
from dataclasses import replace
from typing import Any

import pytest

from modelmonitor.errors import PrometheusError
from modelmonitor.report.outcome import Evidence, Loading
from modelmonitor.report.sights import Counted, Distance, Evaluators, Sight, Verdicts
from references import config_map, profile
from transition.world import Play

REFERENCE = profile("age", "tenure")
COUNTING = (Evaluators("counting", REFERENCE.hash, 2),)
QUIET = Counted(evaluators=COUNTING, coverage=0.9, lag=7200.0)
STATUS = ("status", "ModelMonitor", "churn")
SLIS = {
    "answers": {"availability": {}},
    "accurate": {"quality": {"metric": "MAE", "atMost": 3, "window": "1h"}},
    "steady": {"drift": {"of": "Prediction"}},
    "own": {"timeslices": {"query": "up", "atLeast": 1}},
}


@pytest.fixture
async def play() -> Play:
    """A monitor that asks for all that evaluators count."""
    made = Play()
    body = config_map(REFERENCE)
    body["metadata"]["namespace"] = "ml"
    made.watched[("ml", "churn-reference")] = made.memory.put(body)["metadata"]["resourceVersion"]
    made.monitor(
        reference={"configMapRef": {"name": "churn-reference"}},
        drift={},
        objectives=[{"name": name, "objective": 80, "sli": sli} for name, sli in SLIS.items()],
    )
    await made.visit()
    assert made.reason("Ready") == "Reconciled", made.condition("Ready")["message"]
    return made


def says(counted: Counted = QUIET, loading: Loading | None = None, **sights: Sight) -> Evidence:
    found = {name: Sight(remaining=1.0, flowing=True) for name in SLIS} | sights
    return Evidence(found, loading or Loading(), counted=counted)


async def told(play: Play, said: Evidence | PrometheusError | None) -> list[tuple[str, str, str]]:
    """Visit a minute later; give what was written."""
    play.said = said
    play.later(minutes=2)
    play.reconciler._told_at.clear()
    return await play.visit()


def objective(play: Play, name: str) -> tuple[str, str | None]:
    found = next(one for one in play.status()["objectives"] if one["name"] == name)
    return found["state"], found.get("reason")


STILL = Sight()
GONE = Sight(remaining=0.5, absent=True)
UNLABELLED = replace(QUIET, coverage=0.0, lag=None)
STARVED = replace(QUIET, starved=frozenset({"MAE"}), verdicts={"Prediction": Verdicts(insufficient=1)})
SURE = replace(QUIET, verdicts={"Prediction": Verdicts(judged=1, drifting=1)})
"""Drift that is sure at rows that could not tell of its absence."""
NO_DATA: dict[str, tuple[str, Evidence | PrometheusError | None, str]] = {
    "no address": ("own", None, "PrometheusNotConfigured"),
    "no answer": ("own", PrometheusError("down"), "PrometheusUnavailable"),
    "no rules": ("own", says(loading=Loading(("own-burn",)), own=STILL), "RulesNotLoaded"),
    "no series": ("own", says(own=GONE), "NoSeries"),
    "no evaluator": ("answers", says(replace(QUIET, evaluators=()), answers=GONE), "NoSeries"),
    "no traffic": ("answers", says(answers=STILL), "NoTraffic"),
    "no record yet": ("answers", says(answers=Sight(flowing=True)), "Waiting"),
    "no evaluator to judge": ("accurate", says(replace(QUIET, evaluators=()), accurate=STILL), "NoSeries"),
    "nothing mature": ("accurate", says(replace(QUIET, coverage=None), accurate=STILL), "NothingMatured"),
    "no labels": ("accurate", says(UNLABELLED, accurate=GONE), "NoLabels"),
    "few labels": ("accurate", says(STARVED, accurate=STILL), "Insufficient"),
    "no value": ("accurate", says(accurate=STILL), "NotDefined"),
    "few rows": ("steady", says(STARVED, steady=STILL), "Insufficient"),
    "rows for sure drift alone": ("steady", says(SURE, steady=STILL), "Insufficient"),
    "no rows": ("steady", says(steady=STILL), "NoTraffic"),
}


@pytest.mark.parametrize("way", NO_DATA)
async def test_no_data_has_a_reason(play: Play, way: str) -> None:
    name, said, reason = NO_DATA[way]
    await told(play, said)
    assert objective(play, name) == ("NoData", reason)
    await told(play, says())
    assert objective(play, name) == ("Met", None)


async def test_another_reason_is_told_at_once(play: Play) -> None:
    await told(play, says(accurate=STILL, own=GONE))
    play.said = says(replace(QUIET, starved=frozenset({"MAE"})), accurate=STILL, own=GONE)
    assert await play.visit() == [STATUS]
    assert objective(play, "accurate") == ("NoData", "Insufficient")


async def test_without_a_reference_what_needs_it_says_so(play: Play) -> None:
    play.memory.remove("ConfigMap", "ml", "churn-reference")
    play.watched.clear()
    await told(play, says(accurate=STILL, answers=STILL))
    assert objective(play, "accurate") == ("NoData", "ReferenceMissing")
    assert objective(play, "answers") == ("NoData", "NoTraffic")
    assert objective(play, "own") == ("Met", None)


async def test_data_flow_when_every_objective_has_events(play: Play) -> None:
    await told(play, says())
    assert play.reason("DataFlowing") == "Flowing"
    await told(play, says(UNLABELLED, accurate=STILL, own=GONE))
    flowing = play.condition("DataFlowing")
    assert (flowing["status"], flowing["reason"]) == ("False", "NoSeries")
    assert "measured by: own;" in flowing["message"]
    assert "not known: accurate" in flowing["message"]
    await told(play, says(STARVED, steady=STILL))
    assert (play.condition("DataFlowing")["status"], play.reason("DataFlowing")) == (
        "Unknown",
        "Insufficient",
    )


def drifting(**excess: float) -> Counted:
    """Give distances by their excess, of critical distances of 0.2."""
    found = tuple(Distance(name, "PSI", value, 0.2, 12345.0) for name, value in excess.items())
    many = Verdicts(22, sum(value > 1 for value in excess.values()), 0)
    return replace(QUIET, distances=found, verdicts={"Features": many})


async def test_the_worst_drifts_come_first_with_their_numbers(play: Play) -> None:
    await told(play, says(drifting(age=0.31234, tenure=3.14159, plan=1.2)))
    drifts = play.status()["drift"]
    assert [one["feature"] for one in drifts] == ["tenure", "plan", "age"]
    assert drifts[0] == {"feature": "tenure", "statistic": "PSI", "value": 0.628, "critical": 0.2,
                         "samples": 12300, "state": "Drift"}  # fmt: skip
    assert drifts[2]["state"] == "None"
    assert play.status()["summary"]["drift"] == "2 of 22"


async def test_too_few_rows_are_no_verdict_and_come_last(play: Play) -> None:
    few = replace(
        drifting(age=0.3),
        distances=(Distance("@score", rows=12.0), *drifting(age=0.3).distances),
        verdicts={"Features": Verdicts(1, 0, 0), "Prediction": Verdicts(0, 0, 1)},
    )
    await told(play, says(few))
    assert play.status()["drift"][1] == {
        "feature": "@score",
        "samples": 12,
        "state": "NoData",
        "reason": "Insufficient",
    }
    assert play.status()["summary"]["drift"] == "0 of 1"


@pytest.mark.parametrize(
    ("said", "summary"),
    [
        (says(drifting(age=0.3)), "none"),
        (says(), "no data"),
        (says(replace(QUIET, verdicts={"Features": Verdicts(0, 0, 5)})), "no data"),
        (PrometheusError("down"), "no data"),
    ],
)
async def test_no_data_is_not_no_drift(play: Play, said: Any, summary: str) -> None:
    await told(play, said)
    assert play.status()["summary"]["drift"] == summary


async def test_at_most_ten_columns_are_told(play: Play) -> None:
    await told(play, says(drifting(**{f"f{n}": float(n) for n in range(30)})))
    assert [one["feature"] for one in play.status()["drift"]] == [f"f{n}" for n in range(29, 19, -1)]


async def test_noise_is_not_written(play: Play) -> None:
    await told(play, says(replace(drifting(age=0.31, tenure=2.5), coverage=0.9, lag=7200.0)))
    noise = replace(drifting(age=0.35, tenure=2.6), coverage=0.904, lag=7300.0)
    assert await told(play, says(noise)) == []
    others = replace(drifting(plan=0.33, tenure=2.5), coverage=0.9, lag=7200.0)
    assert await told(play, says(others)) == []
    assert await told(play, says(drifting(age=0.6, tenure=2.5))) == [STATUS]


async def test_a_column_that_begins_to_drift_is_told_at_once(play: Play) -> None:
    await told(play, says(drifting(age=0.95)))
    play.said = says(drifting(age=1.01))
    assert await play.visit() == [STATUS]
    assert play.status()["drift"][0]["state"] == "Drift"
    play.said = says(drifting(age=1.5))
    assert await play.visit() == []


@pytest.mark.parametrize(
    ("coverage", "status", "reason"),
    [(None, "Unknown", "NothingMatured"), (0.0, "False", "NoLabels"), (0.79, "False", "FewLabels"),
     (0.8, "True", "Flowing"), (1.0, "True", "Flowing")],
)  # fmt: skip
async def test_labels_flow_where_enough_predictions_have_one(
    play: Play, coverage: float | None, status: str, reason: str
) -> None:
    await told(play, says(replace(QUIET, coverage=coverage)))
    assert (play.condition("LabelsFlowing")["status"], play.reason("LabelsFlowing")) == (status, reason)
    assert play.status()["labels"].get("coverage") == coverage


async def test_coverage_at_the_edge_does_not_flap(play: Play) -> None:
    await told(play, says(replace(QUIET, coverage=0.803)))
    assert await told(play, says(replace(QUIET, coverage=0.797))) == []
    assert play.reason("LabelsFlowing") == "Flowing"
    await told(play, says(replace(QUIET, coverage=0.79)))
    assert play.reason("LabelsFlowing") == "FewLabels"


async def test_labels_have_a_coverage_and_a_lag(play: Play) -> None:
    await told(play, says(replace(QUIET, coverage=0.87654, lag=11543.0)))
    assert play.status()["labels"] == {"coverage": 0.877, "lagP50": "3h11m40s"}
    message = play.condition("LabelsFlowing")["message"]
    assert message == "87.7% of the mature predictions have a label; half of them come within 3h11m40s"
    await told(play, PrometheusError("down"))
    assert "labels" not in play.status()
    assert play.reason("LabelsFlowing") == "PrometheusUnavailable"


EVALUATORS = {
    "counting": ((("counting", 3),), "False", "Counting", "3 evaluators count"),
    "over budget": (
        (("counting", 1), ("over_budget", 2)),
        "True",
        "EvaluatorsOverBudget",
        "2 of 3 evaluators",
    ),
    "invalid": ((("invalid", 1),), "True", "EvaluatorsRefuse", "last good one"),
    "unconfigured": ((("unconfigured", 1),), "True", "EvaluatorsUnconfigured", "<monitor>-evaluator"),
    "none": ((), "Unknown", "NotSeen", "does a PodMonitor select them?"),
}


@pytest.mark.parametrize("way", EVALUATORS)
async def test_evaluators_that_do_not_count_are_told_with_what_to_do(play: Play, way: str) -> None:
    states, status, reason, message = EVALUATORS[way]
    found = tuple(Evaluators(state, REFERENCE.hash, number) for state, number in states)
    await told(play, says(replace(QUIET, evaluators=found)))
    condition = play.condition("EvaluatorsFailing")
    assert (condition["status"], condition["reason"]) == (status, reason)
    assert message in condition["message"]


async def test_evaluators_that_know_no_monitor_are_mentioned(play: Play) -> None:
    await told(play, says(replace(QUIET, evaluators=(), strangers=2)))
    assert "2 evaluators of the namespace know no monitor" in play.condition("EvaluatorsFailing")["message"]


async def test_a_monitor_without_evaluators_asks_for_nothing_of_them() -> None:
    play = Play()
    play.monitor()
    play.said = Evidence({}, Loading(), counted=QUIET)
    await play.visit()
    assert play.reason("EvaluatorsFailing") == "NothingPlanned"
    assert play.reason("LabelsFlowing") == "NothingPlanned"
    assert "labels" not in play.status()
    assert play.status()["summary"]["drift"] == ""


async def test_the_config_of_evaluators_is_a_child_that_counts_for_ready(play: Play) -> None:
    about = {"name": "churn-evaluator", "namespace": "ml"}
    play.memory.remove("ConfigMap", "ml", "churn-evaluator")
    play.memory.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": {}}, "helm")
    await told(play, says())
    assert play.reason("Ready") == "OwnershipConflict"
    assert play.reason("RulesApplied") == "Applied"


async def test_a_full_status_stays_below_its_limit(play: Play) -> None:
    sli = {"timeslices": {"query": "up", "atLeast": 1}}
    play.monitor(
        reference={"configMapRef": {"name": "churn-reference"}},
        drift={},
        objectives=[{"name": f"o{'x' * 36}-{n}", "objective": 66, "sli": sli} for n in range(50)],
    )
    await told(play, says(drifting(**{"漢" * 200 + str(n): float(n) for n in range(30)})))
    assert len(play.status()["objectives"]) == 50
    assert len(json.dumps(play.status(), ensure_ascii=False).encode()) <= 16 * 1024
