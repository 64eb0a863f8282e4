"""The config and the profile are read strictly: what is wrong is said, all of it, each under its path."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.errors import SpecInvalid
from modelmonitor.wire import reading
from modelmonitor.wire.config import (
    Capture,
    Columns,
    EvaluatorConfig,
    Labels,
    Model,
    Protocol,
    StoreKind,
    Task,
)
from modelmonitor.wire.profile import Column, ColumnType, Profile

SMALLEST = {"monitor": "churn", "model": {"task": "BinaryClassification"}}

configs = st.builds(
    EvaluatorConfig,
    monitor=st.text(min_size=1, max_size=10),
    namespace=st.text(max_size=10),
    model=st.builds(
        Model,
        task=st.sampled_from(Task),
        positive_class=st.text(max_size=5),
        thresholds=st.lists(st.floats(0.01, 0.99), max_size=3).map(tuple),
    ),
    capture=st.builds(
        Capture,
        protocol=st.sampled_from([one for one in Protocol if one is not Protocol.JSON]),
        columns=st.builds(
            Columns, score=st.none() | st.text(), names=st.lists(st.text(), max_size=3).map(tuple)
        ),
        max_body_bytes=st.integers(1024, 1 << 27),
    ),
    labels=st.builds(Labels, maturity_seconds=st.floats(1, 1e6), store=st.sampled_from(StoreKind)),
)


def problems(document: object) -> list[str]:
    with pytest.raises(SpecInvalid) as caught:
        reading.read(EvaluatorConfig, document)
    return [str(problem) for problem in caught.value.problems]


def test_the_smallest_config_is_a_name_and_a_task():
    config = reading.read(EvaluatorConfig, SMALLEST)
    assert config.model.decision_threshold == 0.5
    assert config.labels.maturity_seconds == 86_400


@given(configs)
def test_what_is_written_is_read_again(config: EvaluatorConfig):
    text = json.dumps(reading.write(config))
    again = reading.read(EvaluatorConfig, json.loads(text))
    assert again == config
    assert again.hash == config.hash


def test_fields_at_their_default_are_not_written():
    config = reading.read(EvaluatorConfig, SMALLEST)
    assert reading.write(config) == SMALLEST


def test_every_problem_is_told_at_once():
    found = problems(
        {
            "monitor": "",
            "namespace": 7,
            "model": {"task": "Guessing", "decisionThreshold": "half"},
            "capture": {"maxBodyBytes": True, "columns": {"names": [1]}},
            "labels": {"sampling": 2, "maturity": 5},
            "latencyThresholds": "fast",
        }
    )
    assert [line.partition(":")[0] for line in found] == [
        "capture.columns.names[0]",
        "capture.maxBodyBytes",
        "labels.maturity",
        "latencyThresholds",
        "model.decisionThreshold",
        "model.task",
        "namespace",
    ]
    assert "expected one of BinaryClassification, MulticlassClassification, Regression, Ranking" in found[5]
    assert "got 'half'" in found[4]


def test_what_is_missing_is_named():
    assert problems({}) == [
        "model: expected a value, got nothing; add it",
        "monitor: expected a text, got nothing; add it",
    ]


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ({"decisionThreshold": 1}, "model.decisionThreshold"),
        ({"thresholds": [0.5, 1.5]}, "model.thresholds[1]"),
        ({"rankingDepths": [0]}, "model.rankingDepths[0]"),
        ({"classes": ["a", "b"], "positiveClass": "c"}, "model.positiveClass"),
        ({"classes": ["0", "1", "2"]}, "model.classes"),
        ({"task": "Ranking", "rankingDepths": []}, "model.rankingDepths"),
        ({"segments": ["plan", "region", "plan"]}, "model.segments"),
        ({"protectedAttributes": ["sex", "sex"]}, "model.protectedAttributes"),
    ],
)
def test_a_value_out_of_its_range_is_told_with_its_path(model: dict[str, object], path: str):
    found = problems({**SMALLEST, "model": {"task": "BinaryClassification", **model}})
    assert path in {line.partition(":")[0] for line in found}


@pytest.mark.parametrize("document", [None, [], 5, "text", float("nan")])
def test_a_document_of_another_kind_is_refused(document: object):
    assert "an object" in problems(document)[0]


def test_numbers_that_are_not_finite_are_refused():
    assert problems({**SMALLEST, "labels": {"sampling": float("inf")}}) == [
        "labels.sampling: expected a finite number, got inf"
    ]


def test_a_whole_number_that_no_double_holds_is_no_finite_number():
    assert problems({**SMALLEST, "labels": {"sampling": 10**400}})[0].startswith(
        "labels.sampling: expected a finite number, got 1000"
    )


def test_a_hash_tells_any_two_configs_apart_and_is_not_read():
    config = reading.read(EvaluatorConfig, SMALLEST)
    other = dataclasses.replace(config, max_series=100)
    assert len(config.hash) == 10
    assert config.hash != other.hash
    assert "hash" in problems({**SMALLEST, "hash": config.hash})[0]


def test_a_profile_whose_counts_do_not_fit_its_edges_is_refused():
    column = {"name": "age", "type": "Numeric", "edges": [1, 2, 2], "counts": [1, 2]}
    with pytest.raises(SpecInvalid) as caught:
        reading.read(Profile, {"rows": 3, "columns": [column]})
    assert [problem.path for problem in caught.value.problems] == ["columns[0].counts", "columns[0].edges"]


@pytest.mark.parametrize(
    ("twice", "path"),
    [
        ({"classes": ["no", "no"]}, "classes"),
        ({"segments": [{"column": "plan", "values": ["a", "a"], "counts": [1, 2]}]}, "segments[0].values"),
        ({"segments": [{"column": "plan", "values": [], "counts": []}] * 2}, "segments"),
        ({"groups": [{"column": "sex", "values": [], "counts": []}] * 2}, "groups"),
        ({"metrics": [{"name": "MAE", "value": 1, "rows": 3}] * 2}, "metrics"),
    ],
)
def test_no_name_of_a_profile_is_there_twice_since_each_is_a_series(twice: dict[str, object], path: str):
    with pytest.raises(SpecInvalid) as caught:
        reading.read(Profile, {"rows": 3, **twice})
    assert [problem.path for problem in caught.value.problems] == [path]


def test_a_profile_is_read_as_it_was_written():
    column = Column(name="age", type=ColumnType.NUMERIC, edges=(1.0, 2.5), counts=(3, 4, 5), missing=1)
    profile = Profile(rows=13, columns=(column,), score_edges=(0.1, 0.2))
    assert reading.read(Profile, json.loads(json.dumps(reading.write(profile)))) == profile
