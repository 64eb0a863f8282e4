"""What `parse` makes of a monitor, and what it answers to mistakes around the objectives."""

import pytest
from hypothesis import given

from modelmonitor.api import ModelMonitorSpec, parse
from monitors import SLICE, monitor, objective, problems, specs


def test_the_smallest_monitor_gets_every_default():
    read = parse(monitor())
    assert (read.namespace, read.name, read.generation) == ("default", "churn", 0)
    assert read.spec.model_dump(mode="json") == {
        "suspend": False,
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "churn"},
        "model": {
            "task": "Regression",
            "classes": [],
            "positiveClass": "1",
            "decisionThreshold": 0.5,
            "thresholds": [0.3, 0.5, 0.7],
            "rankingDepths": [5, 10],
            "costs": None,
            "segments": [],
            "protectedAttributes": [],
        },
        "capture": None,
        "reference": None,
        "labels": None,
        "objectives": [],
        "drift": None,
        "degradation": None,
        "dataQuality": None,
        "fairness": [],
        "business": [],
        "alerts": None,
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
    ("field", "known", "remedy"),
    [
        ("objectivs", "objectives", "did you mean 'objectives'?"),
        ("target_ref", "targetRef", "did you mean 'targetRef'?"),
        ("dashBoards", "dashboards", "did you mean 'dashboards'?"),
        ("remediation", "suspend", "remove it"),
    ],
)
def test_an_unknown_field_names_the_one_that_was_meant(field, known, remedy):
    (answer,) = problems(monitor(**{field: None}))
    assert answer.startswith(f"spec.{field}: expected one of suspend, targetRef, ")
    assert known in answer
    assert answer.endswith(f"got the unknown field {field!r}; {remedy}")


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


@given(specs)
def test_a_valid_spec_survives_being_written_and_read(spec):
    read = parse(monitor(**spec)).spec
    assert parse(monitor(**read.model_dump(mode="json"))).spec == read
    assert parse(monitor(**read.model_dump(mode="json", exclude_none=True))).spec == read
    assert ModelMonitorSpec.model_validate(read.model_dump()) == read
