"""What `parse` answers to the mistakes that people make."""

from typing import Any

import pytest
from hypothesis import given
from monitors import SLICE, Json, monitor, objective, pair, specs

from modelmonitor.api import ModelMonitorSpec, parse
from modelmonitor.errors import SpecInvalid


def problems(body: Any) -> list[str]:
    with pytest.raises(SpecInvalid) as refused:
        parse(body)
    return [str(problem) for problem in refused.value.problems]


def of_objective(**fields: Any) -> list[str]:
    return problems(monitor(objectives=[objective(**fields)]))


def of_pairs(*pairs: Json) -> list[str]:
    return of_objective(pairs=list(pairs))


def test_the_smallest_monitor_gets_every_default():
    read = parse(monitor())
    assert (read.namespace, read.name, read.generation) == ("default", "churn", 0)
    assert read.spec.model_dump(mode="json") == {
        "suspend": False,
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "churn"},
        "model": {"task": "Regression"},
        "objectives": [],
        "prometheus": {"labels": {}, "output": "PrometheusRule", "scrapeInterval": "30s", "url": None},
        "dashboards": None,
    }


def test_the_identity_is_the_one_of_the_object():
    body = monitor() | {
        "metadata": {"name": "a", "namespace": "b", "uid": "u", "generation": 3, "labels": {}}
    }
    body["metadata"]["annotations"] = {"modelmonitor.dev/suspend": "true"}
    read = parse(body, namespace="ignored")
    assert (read.namespace, read.name, read.uid, read.generation) == ("b", "a", "u", 3)
    assert read.annotations == {"modelmonitor.dev/suspend": "true"}
    assert parse(monitor(), namespace="ml").namespace == "ml"


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (
            100,
            (
                "a number above 0 and below 100, got 100;"
                " a budget of zero cannot be spent: choose less, such as 99.9"
            ),
        ),
        (0, "a number above 0 and below 100, got 0; it is the percentage of good events, such as 99.9"),
        (101, "a number above 0 and below 100, got 101; it is the percentage of good events, such as 99.9"),
        (-0.5, "a number above 0 and below 100, got -0.5; it is the percentage of good events, such as 99.9"),
        ("99,9", "a number, got '99,9'; write it with a point and without quotes: 99.9"),
        ("99.9", "a number, got '99.9'; write it without quotes: 99.9"),
        (
            "99,9 %",
            "a number, got '99,9 %'; write it with a point without the percent sign and without quotes: 99.9",
        ),
        ("high", "a number, got 'high'; write it with digits and a point, such as 99.9"),
        (True, "a number, got true"),
        ([99], "a number, got a list of 1"),
        (float("nan"), "a finite number, got nan"),
        (float("-inf"), "a finite number, got -inf"),
        (10**400, f"a finite number, got 1{'0' * 59}…"),
        (None, "a value, got nothing; this field is required"),
    ],
    ids=repr,
)
def test_an_objective_that_is_no_percentage_of_good_events_is_refused(value, answer):
    assert of_objective(objective=value) == [f"spec.objectives[0].objective: expected {answer}"]


def test_a_decimal_comma_that_yaml_takes_for_a_field_is_explained():
    body = monitor(objectives=[objective(objective=99) | {9: None}])
    assert problems(body) == [
        (
            "spec.objectives[0][9]: expected a field name as text, got 9;"
            " quote it; if it is a decimal comma, write a point"
        )
    ]


def test_two_objectives_of_one_name_are_refused():
    body = monitor(objectives=[objective("fast"), objective("right"), objective("fast")])
    assert problems(body) == [
        (
            "spec.objectives: expected every objective under a name of its own, got a list of 3;"
            " fast is there more than once; rename one"
        )
    ]


def test_51_objectives_are_refused_and_50_are_not():
    many = [objective(f"o{number}") for number in range(51)]
    assert problems(monitor(objectives=many)) == [
        "spec.objectives: expected a list of at most 50, got a list of 51"
    ]
    assert len(parse(monitor(objectives=many[:50])).spec.objectives) == 50


@pytest.mark.parametrize(
    ("field", "known", "remedy"),
    [
        ("objectivs", "objectives", "did you mean 'objectives'?"),
        ("target_ref", "targetRef", "did you mean 'targetRef'?"),
        ("dashBoards", "dashboards", "did you mean 'dashboards'?"),
        ("drift", "suspend", "remove it"),
    ],
)
def test_an_unknown_field_names_the_one_that_was_meant(field, known, remedy):
    (answer,) = problems(monitor(**{field: None}))
    assert answer.startswith(f"spec.{field}: expected one of suspend, targetRef, ")
    assert known in answer
    assert answer.endswith(f"got the unknown field {field!r}; {remedy}")


def test_an_unknown_field_deep_inside_is_found_where_it_is():
    (answer,) = of_pairs(pair(severty="info"))
    assert answer == (
        "spec.objectives[0].pairs[0].severty: expected one of name, factor, budgetShare, long, for, severity,"
        " got the unknown field 'severty'; did you mean 'severity'?"
    )


def test_unknown_fields_of_the_object_itself_are_refused():
    (typo, other) = problems(monitor() | {"Spec": {}, "data": {}})
    assert typo.endswith("got the unknown field 'Spec'; did you mean 'spec'?")
    assert other.endswith("got the unknown field 'data'; did you mean 'metadata'?")


@pytest.mark.parametrize("length", [41, 253])
def test_a_name_that_leaves_no_room_for_names_of_children_is_refused(length):
    (answer,) = problems(monitor("m" * length))
    assert answer.startswith(
        "metadata.name: expected a DNS label of a-z, 0-9 and -, at most 40 characters, got 'mmm"
    )
    assert answer.endswith(f"' of {length} characters; rules and dashboards are named after it")
    assert len(answer) < 250
    assert parse(monitor("m" * 40)).name == "m" * 40


@pytest.mark.parametrize("name", ["", "A", "a.b", "-a", "a-", "a\n", "ä", 5, True])
def test_a_name_that_is_no_dns_label_is_refused(name):
    (of_monitor,) = problems(monitor(name))
    (of_objective_,) = of_objective(name=name)
    assert of_monitor.startswith("metadata.name: expected ")
    assert of_objective_.startswith("spec.objectives[0].name: expected ")


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        (
            {"factor": None},
            (
                ": expected exactly one of factor and budgetShare, got a mapping with name, long, severity;"
                " the other one follows from the window"
            ),
        ),
        (
            {"budgetShare": "2%"},
            (
                ": expected exactly one of factor and budgetShare, got a mapping with"
                " name, factor, long, severity, budgetShare; the other one follows from the window"
            ),
        ),
        ({"factor": 0}, ".factor: expected a number above 0 and up to 100000, got 0"),
        (
            {"factor": None, "budgetShare": 2},
            ".budgetShare: expected a percentage above 0% and up to 100%, such as 2%, got 2",
        ),
        ({"severity": "loud"}, ".severity: expected one of 'critical', 'warning' or 'info', got 'loud'"),
        (
            {"severity": "Critical"},
            (
                ".severity: expected one of 'critical', 'warning' or 'info', got 'Critical';"
                " did you mean 'critical'?"
            ),
        ),
        ({"long": "93d"}, ".long: expected a duration from 1s to 92d, got '93d'"),
        (
            {"long": 5},
            (
                ".long: expected a duration such as 30s, 5m, 1h30m or 30d, got 5;"
                " write a number with its unit: y, w, d, h, m, s or ms, the longer units first"
            ),
        ),
    ],
    ids=repr,
)
def test_a_pair_that_cannot_be_is_answered_once(changes, answer):
    assert of_pairs(pair(**changes)) == [f"spec.objectives[0].pairs[0]{answer}"]


def test_pairs_are_named_apart_and_between_one_and_five():
    assert of_pairs(pair("a"), pair("a")) == [
        (
            "spec.objectives[0].pairs: expected every pair under a name of its own, got a list of 2;"
            " a is there more than once; rename one"
        )
    ]
    assert of_pairs() == ["spec.objectives[0].pairs: expected a list of at least 1, got a list of 0"]
    assert of_pairs(*(pair(f"p{number}") for number in range(6))) == [
        "spec.objectives[0].pairs: expected a list of at most 5, got a list of 6"
    ]


@pytest.mark.parametrize(
    ("spec", "answer"),
    [
        (
            {"dashboards": {"kinds": ["Technical"] * 2}},
            "dashboards.kinds: expected every dashboard once, got a list of 2",
        ),
        ({"dashboards": {"kinds": []}}, "dashboards.kinds: expected a list of at least 1, got a list of 0"),
        ({"dashboards": {"folder": "a/b"}}, "dashboards.folder: expected a folder name without / and \\"),
        ({"dashboards": []}, "dashboards: expected a mapping, got a list of 0"),
        (
            {"prometheus": {"scrapeInterval": "10m"}},
            "prometheus.scrapeInterval: expected a scrape interval from 1s to 5m",
        ),
        (
            {"prometheus": {"url": "prometheus:9090"}},
            "prometheus.url: expected an address that begins with http://",
        ),
        ({"prometheus": {"labels": {"a b": "c"}}}, "prometheus.labels['a b']: expected a label key such as"),
        ({"prometheus": {"labels": {"a": "b c"}}}, "prometheus.labels.a: expected a label value: a-z"),
        ({"prometheus": {"labels": {"a": True}}}, "prometheus.labels.a: expected text, got true"),
        ({"objectives": {}}, "objectives: expected a list, got a mapping with nothing in it"),
        ({"objectives": [None]}, "objectives[0]: expected a mapping, got nothing"),
        ({"suspend": "yes"}, "suspend: expected true or false, got 'yes'"),
        ({"targetRef": {}}, "targetRef.name: expected a value, got nothing; this field is required"),
        ({"targetRef": {"name": "Churn"}}, "targetRef.name: expected the name of a Kubernetes object: a-z"),
        (
            {"targetRef": {"name": "a", "kind": "deploy"}},
            "targetRef.kind: expected a kind such as Deployment",
        ),
        (
            {"targetRef": {"name": "a", "apiVersion": "apps"}},
            "targetRef.apiVersion: expected an API version such as",
        ),
        ({"model": {"task": "ranking"}}, "model.task: expected one of 'BinaryClassification', 'MulticlassC"),
    ],
    ids=repr,
)
def test_a_block_that_cannot_be_is_answered_where_it_is(spec, answer):
    (found,) = problems(monitor(**spec))
    assert found.startswith(f"spec.{answer}")


@pytest.mark.parametrize(
    ("sli", "answer"),
    [
        (
            {},
            ": expected exactly one of availability, latency, events and timeslices, got a mapping with noth",
        ),
        (
            {**SLICE, "events": {"good": "a", "total": "b"}},
            ": expected exactly one of availability, latency, events",
        ),
        (
            {"events": {"total": "b"}},
            ".events: expected exactly one of error and good, got a mapping with total;",
        ),
        ({"timeslices": {"query": "a"}}, ".timeslices: expected exactly one of atLeast and atMost, got"),
        (
            {"timeslices": {"query": "", "atMost": 1}},
            ".timeslices.query: expected a PromQL query of 1 to 4096",
        ),
        (
            {"latency": {"below": "0s", "histogram": "h", "selector": "s"}},
            ".latency.below: expected a duration from 1ms",
        ),
        (
            {"availability": {"counter": "a-b", "badSelector": "b", "selector": "c"}},
            ".availability.counter: expected the na",
        ),
    ],
    ids=repr,
)
def test_an_indicator_measures_exactly_one_thing(sli, answer):
    (found,) = of_objective(sli=sli)
    assert found.startswith(f"spec.objectives[0].sli{answer}")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (None, "expected a ModelMonitor object, got nothing;"),
        ([], "expected a ModelMonitor object, got a list of 0;"),
        ("text", "expected a ModelMonitor object, got 'text';"),
        (monitor() | {"spec": None}, "spec: expected a mapping with targetRef and model, got nothing;"),
        (monitor() | {"spec": []}, "spec: expected a mapping with targetRef and model, got a list of 0;"),
        (monitor() | {"metadata": None}, "metadata: expected a mapping with name, got nothing;"),
        (monitor() | {"metadata": {}}, "metadata.name: expected a value, got nothing;"),
        (
            monitor() | {"metadata": {"name": "a", "namespace": "A"}},
            "metadata.namespace: expected the name of a name",
        ),
        (
            monitor() | {"metadata": {"name": "a", "annotations": 5}},
            "metadata.annotations: expected a mapping, got 5",
        ),
        (monitor() | {"apiVersion": "v1"}, "apiVersion: expected modelmonitor.dev/v1alpha1, got 'v1'"),
        (monitor() | {"kind": "Modelmonitor"}, "kind: expected ModelMonitor, got 'Modelmonitor'"),
    ],
    ids=repr,
)
def test_what_is_no_monitor_is_told_so(body, answer):
    (found,) = problems(body)
    assert found.startswith(answer)


def test_all_problems_come_at_once():
    body = monitor("Churn", suspend=1, objectives=[objective(objective=100), objective("b", windw="1h")])
    places = [answer.split(":")[0] for answer in problems(body | {"kind": "Monitor"})]
    assert places == [
        "kind",
        "metadata.name",
        "spec.suspend",
        "spec.objectives[0].objective",
        "spec.objectives[1].windw",
    ]


def test_a_null_is_as_if_the_field_were_left_out():
    nulls = {"suspend": None, "prometheus": None, "dashboards": None, "objectives": None}
    assert parse(monitor(**nulls)) == parse(monitor())
    inner = monitor(prometheus={"labels": {"a": None}, "output": None, "url": None})
    assert parse(inner) == parse(monitor())
    given_pairs = objective(pairs=None, window=None, minEvents=None, sli={"events": None, **SLICE})
    assert parse(monitor(objectives=[given_pairs])) == parse(monitor(objectives=[objective()]))


def test_numbers_are_the_decimals_that_were_written():
    read = parse(
        monitor(objectives=[objective(objective=99.9, pairs=[pair(factor=None, budgetShare="0.1%")])])
    )
    (only,) = read.spec.objectives
    assert str(only.objective) == "99.9"
    assert str((only.pairs or ())[0].budget_share) == "1/1000"


@given(specs)
def test_a_valid_spec_survives_being_written_and_read(spec):
    read = parse(monitor(**spec)).spec
    assert parse(monitor(**read.model_dump(mode="json"))).spec == read
    assert parse(monitor(**read.model_dump(mode="json", exclude_none=True))).spec == read
    assert ModelMonitorSpec.model_validate(read.model_dump()) == read
