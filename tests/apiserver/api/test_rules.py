"""Every CEL rule of the definition refuses what it is for, in the words of `parse`."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from apiserver.rest import MONITORS, Rest
from modelmonitor.api.crd import crd
from monitors import (
    EVENTS,
    SECRET_KEY,
    SLACK,
    SLICE,
    Json,
    monitor,
    of_alerts,
    of_latency,
    of_mute_time,
    of_objective,
    of_pair,
    of_prometheus,
    of_sli,
    problems,
)

pytestmark = pytest.mark.apiserver


OBJECTIVE = ".spec.objectives[]"
FAIR = {"attribute": "sex", "metric": "DisparateImpactRatio", "atLeast": 0.8}


def of_quality(**fields: Any) -> Json:
    """Give a monitor with an objective of quality."""
    return of_sli(quality={"metric": "RocAuc", **fields})


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
    f"{OBJECTIVE}.sli.availability": (of_sli(availability={"counter": "a"}), of_sli(availability={})),
    f"{OBJECTIVE}.sli.latency": (
        of_sli(latency={"below": "1s", "histogram": "a"}),
        of_sli(latency={"below": "1s"}),
    ),
    f"{OBJECTIVE}.sli.quality": (of_quality(atLeast=1, atMost=1), of_quality(atLeast=1)),
    f"{OBJECTIVE}.sli.quality.window": (of_quality(window="11m59s"), of_quality(window="12m")),
    **{
        f".spec.capture.resources.{part}": (
            monitor(capture={"resources": {part: {"CPU": "1"}}}),
            monitor(capture={"resources": {part: {"cpu": "1", "memory": "64Mi"}}}),
        )
        for part in ("requests", "limits")
    },
    ".spec.labels.maturity": (
        monitor(labels={"maturity": "366d1ms"}),
        monitor(labels={"maturity": "366d"}),
    ),
    ".spec.drift.window": (monitor(drift={"window": "29d"}), monitor(drift={"window": "28d"})),
    ".spec.degradation": (
        monitor(degradation={"warning": "10.01%"}),
        monitor(degradation={"warning": "10.00%"}),
    ),
    ".spec.degradation.warning": (
        monitor(degradation={"warning": "0%"}),
        monitor(degradation={"warning": "1%"}),
    ),
    ".spec.degradation.critical": (
        monitor(degradation={"critical": "101%"}),
        monitor(degradation={"critical": "100%"}),
    ),
    ".spec.degradation.window": (
        monitor(degradation={"window": "1m"}),
        monitor(degradation={"window": "12m"}),
    ),
    **{
        f".spec.dataQuality.{flaw}": (
            monitor(dataQuality={flaw: "0.0%"}),
            monitor(dataQuality={flaw: "0.1%"}),
        )
        for flaw in ("missing", "outOfRange", "unseen", "invalid")
    },
    ".spec.dataQuality.window": (
        monitor(dataQuality={"window": "28d1s"}),
        monitor(dataQuality={"window": "4w"}),
    ),
    ".spec.fairness[]": (monitor(fairness=[FAIR | {"atMost": 1}]), monitor(fairness=[FAIR])),
    ".spec.fairness[].window": (
        monitor(fairness=[FAIR | {"window": "5m"}]),
        monitor(fairness=[FAIR | {"window": "1w"}]),
    ),
    ".spec.alerts.routes": (of_alerts(routes={}), of_alerts()),
    **{
        f".spec.alerts.routes.{severity}": (
            of_alerts(routes={severity: {}}),
            of_alerts(routes={severity: {"slack": SLACK}}),
        )
        for severity in ("critical", "warning", "info")
    },
    **{
        f".spec.alerts.routes.{severity}.webhook": (
            of_alerts(routes={severity: {"webhook": {"url": "http://a", "urlSecret": SECRET_KEY}}}),
            of_alerts(routes={severity: {"webhook": {"url": "http://a"}}}),
        )
        for severity in ("critical", "warning", "info")
    },
    ".spec.alerts.digest": (of_alerts(digest="59m"), of_alerts(digest="4d")),
    ".spec.alerts.muteTimes[]": (
        of_mute_time(**{"from": "06:00", "to": "06:00"}),
        of_mute_time(**{"from": "06:00", "to": "05:59"}),
    ),
    ".spec.alerts.labels": (of_alerts(labels={"a b": "c"}), of_alerts(labels={"a.b/c": "c"})),
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
