"""Every CEL rule of the definition refuses what it is for, in the words of `parse`."""

import re
from collections.abc import Iterator

import pytest

from apiserver.rest import MONITORS, Rest
from modelmonitor.api.crd import crd
from monitors import (
    EVENTS,
    SLICE,
    Json,
    monitor,
    of_latency,
    of_objective,
    of_pair,
    of_prometheus,
    of_sli,
    problems,
)

pytestmark = pytest.mark.apiserver


OBJECTIVE = ".spec.objectives[]"
# every CEL rule of the definition: where it is, what breaks only it, and the nearest that does not
RULES: dict[str, tuple[Json, Json]] = {
    "": (monitor("m" * 41), monitor("m" * 40)),
    f"{OBJECTIVE}.window": (of_objective(window="59m59s"), of_objective(window="59m60s")),
    f"{OBJECTIVE}.pairs[]": (of_pair(factor=None), of_pair()),
    f"{OBJECTIVE}.pairs[].budgetShare": (
        of_pair(factor=None, budgetShare="0.0%"),
        of_pair(factor=None, budgetShare="0.1%"),
    ),
    f"{OBJECTIVE}.pairs[].long": (of_pair(long="92d1ms"), of_pair(long="92d")),
    f"{OBJECTIVE}.pairs[].for": (of_pair(**{"for": "13w2d"}), of_pair(**{"for": "13w1d"})),
    f"{OBJECTIVE}.sli": (of_sli(), of_sli(**SLICE)),
    f"{OBJECTIVE}.sli.latency.below": (of_latency("0s"), of_latency("1ms")),
    f"{OBJECTIVE}.sli.events": (of_sli(events={"total": "a"}), of_sli(**EVENTS)),
    f"{OBJECTIVE}.sli.timeslices": (
        of_sli(timeslices={"query": "a", "atLeast": 1, "atMost": 1}),
        of_sli(timeslices={"query": "a", "atMost": 1}),
    ),
    ".spec.prometheus.labels": (of_prometheus(labels={"a b": "c"}), of_prometheus(labels={"a.b/c": "c"})),
    ".spec.prometheus.scrapeInterval": (
        of_prometheus(scrapeInterval="999ms"),
        of_prometheus(scrapeInterval="1s"),
    ),
}


def rules(schema: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Give path and message of every CEL rule in a schema."""
    for rule in schema.get("x-kubernetes-validations", []):
        yield path, rule["message"]
    for name, field in schema.get("properties", {}).items():
        yield from rules(field, f"{path}.{name}")
    if "items" in schema:
        yield from rules(schema["items"], f"{path}[]")


MESSAGES = dict(rules(crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]))


def test_every_rule_has_its_counter_example() -> None:
    assert RULES.keys() == MESSAGES.keys()


@pytest.mark.parametrize("path", RULES)
def test_a_rule_refuses_what_it_is_for_in_the_words_of_parse(api: Rest, path: str) -> None:
    bad, good = RULES[path]
    refused = api.create(MONITORS, bad)
    (cause,) = refused.body["details"]["causes"]
    assert cause["message"].endswith(MESSAGES[path])
    assert re.sub(r"\d+", "", cause["field"]) in (path.removeprefix("."), "<nil>")
    (answer,) = problems(bad)
    expected, _, remedy = MESSAGES[path].partition("; ")
    assert expected in answer
    assert answer.endswith(remedy)
    accepted = api.create(MONITORS, good)
    assert accepted.accepted, accepted.message
    assert problems(good) == []
