"""The unit tests that users get for objectives on what evaluators count pass, and fail on wrong rules."""

import os
from typing import Any

import pytest

from modelmonitor import api
from modelmonitor.plan import unittests
from monitors import monitor, objective, pair
from promtool.evaluated_mutants import MUTANTS
from promtool.evaluated_worlds import CLASSES, PROFILE, SHARES, rules
from promtool.runner import Json, Promtool
from promtool.test_unittests import complaints

pytestmark = pytest.mark.promtool

MANY = {"task": "MulticlassClassification", "classes": ['a"b', "b\nc", "ü", "d"]}
OWN = [pair(long="1h", factor=10, **{"for": "2m"})]
KINDS: dict[str, tuple[Json, Json]] = {
    **{kind: (sli, model) for kind, (sli, model, _, _) in SHARES.items()},
    **{f"{metric} of many": ({"quality": {"metric": metric}}, MANY) for metric in ("Accuracy", "F1")},
}


def quick(sli: Json, model: Json, **fields: Any) -> Json:
    own = objective("works", **{"objective": 97, "sli": sli, "window": "1d", "pairs": OWN, **fields})
    return monitor(objectives=[own], model=model, prometheus={"scrapeInterval": "15s"})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_objective_passes_its_own_tests(kind: str, promtool: Promtool) -> None:
    body = quick(*KINDS[kind])
    assert unittests.unit_tests(api.parse(body)).skipped == ()
    assert complaints(promtool, body) == ""


def test_objectives_on_the_same_counters_have_tests_apart(promtool: Promtool) -> None:
    own = [
        objective(f"o{number}", objective=97, sli=SHARES[kind][0], window="1d", pairs=OWN)
        for number, kind in enumerate(("precision", "recall", "availability", "latency"))
    ]
    body = monitor(objectives=own, model=CLASSES, prometheus={"scrapeInterval": "15s"})
    names = [
        test["name"].partition(":")[0] for test in unittests.unit_tests(api.parse(body)).document["tests"]
    ]
    assert set(names) == {"o0, o2, o3", "o1"}
    assert complaints(promtool, body) == ""


@pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="half a minute: make thorough")
def test_adapted_standard_pairs_of_quality_pass_their_own_tests(promtool: Promtool) -> None:
    """Over a week at 75 percent: no threshold is above one half."""
    body = quick(*KINDS["accuracy"], objective=75, window="7d", pairs=None)
    assert complaints(promtool, body) == ""


@pytest.mark.parametrize(
    ("kind", "mutant"),
    [
        ("latency", "within and timed swapped"),
        ("availability", "a rejected request is a bad one"),
        ("availability", "a rejected request is a good one"),
        ("accuracy", "no events are good ones"),
    ],
)
def test_wrong_rules_fail(kind: str, mutant: str, promtool: Promtool) -> None:
    body, make = quick(*KINDS[kind]), MUTANTS[mutant]
    assert complaints(promtool, body, rules) == ""
    assert make(body) != rules(body)
    assert complaints(promtool, body, make) != ""


def test_what_follows_from_whole_distributions_is_not_tested_and_that_is_told() -> None:
    slis: dict[str, Json] = {
        "errs-little": {"quality": {"metric": "MSE", "atMost": 4, "window": "1h"}},
        "stable": {"drift": {"of": "Prediction"}},
    }
    body = monitor(
        objectives=[objective(name, objective=95, sli=sli) for name, sli in slis.items()],
        reference={"configMapRef": {"name": "churn-reference"}},
        drift={},
    )
    made = unittests.unit_tests(api.parse(body), PROFILE)
    assert made.document["tests"] == []
    why = "no series could be made for its queries: a measurement over a window follows"
    assert all(told.startswith(f"{name}: {why}") for name, told in zip(slis, made.skipped, strict=True))
