"""Plain JSON, by paths."""

import pytest

from evaluator.ingest import bodies
from evaluator.ingest.bodies import lost
from modelmonitor.errors import SpecInvalid
from modelmonitor.evaluator.ingest import Ingest, paths
from modelmonitor.wire.config import Protocol, Task
from modelmonitor.wire.loss import Loss


def scheme(columns=None, **kwargs):
    return bodies.scheme(Protocol.JSON, columns=columns or {}, **kwargs)


def rows(columns, request, answer, headers=None, **kwargs):
    return bodies.rows(scheme(columns, **kwargs), request, answer, headers)


DOCUMENT = {"a": {"b": [{"c": 1}, {"c": 2}, {}]}, "n": [[1, 2], [3]], "x y": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b[0].c", 1),
        ("$.a.b[1].c", 2),
        ("a.b[*].c", [1, 2, None]),
        ("n[*][0]", [1, 3]),
        ("n[*][1]", [2, None]),
        ("n[*][*]", [[1, 2], [3]]),
        ("$", DOCUMENT),
        ("$.x y", None),
        ("a.gone.c", None),
        ("a.b[7].c", None),
        ("a[0]", None),
        ("n.b", None),
        ("a[*].b", None),
    ],
)
def test_a_path_finds_a_value_or_nothing(text, value):
    assert paths.found(DOCUMENT, paths.path(text)) == value


@pytest.mark.parametrize("text", ["a..b", "a.", "a[", "a[]", "a[-1]", "a[x]", "a]b", "a[1", "a[99999999999]"])
def test_what_is_no_path_is_none(text):
    assert paths.path(text) is None


def test_every_path_that_is_none_is_told_when_the_config_is_read():
    with pytest.raises(SpecInvalid) as invalid:
        Ingest(scheme({"score": "a..b", "id": "[", "prediction": "y"}))
    assert [problem.path for problem in invalid.value.problems] == [
        "capture.columns.score",
        "capture.columns.id",
    ]


def test_one_object_is_one_row():
    found = rows(
        {"features": "customer", "prediction": "result.class", "score": "result.p", "id": "meta.id"},
        {"customer": {"age": 39, "tags": ["x", "y"]}, "meta": {"id": 17}},
        {"result": {"class": "1", "p": 0.75}},
    )
    assert (found.count, found.features) == (1, {"age": [39], "tags": [["x", "y"]]})
    assert (found.predictions, found.scores, found.ids) == (["1"], [0.75], ["17"])


BATCHES = {
    "objects": ("rows", {"rows": [{"age": 39, "income": 1}, {"age": 50, "income": 2}]}),
    "objects in objects": (
        "rows[*].in",
        {"rows": [{"in": {"age": 39, "income": 1}}, {"in": {"age": 50, "income": 2}}]},
    ),
    "lists": ("rows", {"rows": [[39, 1], [50, 2]]}),
    "lists in objects": ("rows[*].in", {"rows": [{"in": [39, 1]}, {"in": [50, 2]}]}),
    "columns": ("rows", {"rows": {"age": [39, 50], "income": [1, 2]}}),
    "a list as the document": (None, [[39, 1], [50, 2]]),
    "columns as the document": (None, {"age": [39, 50], "income": [1, 2]}),
}


@pytest.mark.parametrize(("features", "request_"), BATCHES.values(), ids=BATCHES)
def test_batches_are_lists_or_columns(features, request_):
    answer = {"out": [{"p": 0.25}, {}], "ids": ["a", "b"]}
    found = rows({"features": features, "score": "out[*].p", "id": "ids[*]"}, request_, answer)
    assert found.features == {"age": [39, 50], "income": [1, 2]}
    assert (found.scores, found.predictions, found.ids) == ([0.25, None], None, ["a", "b"])


def test_a_flat_list_is_one_row_or_the_rows_of_the_only_feature():
    assert rows({"features": "x"}, {"x": [39, 1]}, {}).features == {"age": [39], "income": [1]}
    assert rows({"features": "x"}, {"x": [39, 50]}, {}, numeric=("age",)).features == {"age": [39, 50]}
    assert rows({"features": "x[*]"}, {"x": [39, 50]}, {}, numeric=("age",)).features == {"age": [39, 50]}
    assert rows({"features": "x"}, {"x": 39}, {}, numeric=("age",)).features == {"age": [39]}


def test_a_path_that_leads_nowhere_is_missing_and_no_error():
    found = rows({"features": "gone", "score": "p[*]"}, {}, {"p": [0.5, 0.25]})
    assert (found.count, found.features, found.scores) == (2, {}, [0.5, 0.25])
    found = rows({"score": "gone", "prediction": "gone", "id": "gone"}, {"age": 1}, {})
    assert (found.count, found.scores, found.predictions, found.ids) == (1, None, None, None)


def test_nothing_is_guessed_of_an_answer():
    found = rows({}, {"age": 1}, {"score": 0.5, "prediction": 1})
    assert (found.predictions, found.scores) == (None, None)


def test_a_vector_or_a_ranking_answers_one_row():
    assert rows({"score": "p"}, {"age": 1}, {"p": [0.75, 0.25]}).scores == [0.25]
    ranked = rows(
        {"prediction": "items[*].id"}, {"user": "u"}, {"items": [{"id": 1}, {"id": 2}]}, task=Task.RANKING
    )
    assert ranked.predictions == [[1, 2]]
    many = rows(
        {"features": "q[*]", "prediction": "r[*].items[*].id"},
        {"q": [{"user": "u"}, {"user": "v"}]},
        {"r": [{"items": [{"id": 1}, {"id": 2}]}, {"items": [{"id": 3}]}]},
        task=Task.RANKING,
    )
    assert many.predictions == [[1, 2], [3]]


def test_one_id_for_a_batch_names_its_rows():
    found = rows({"id": "id"}, [{"age": 1}, {"age": 2}], {"id": "o"})
    assert list(found.ids) == ["o/0", "o/1"]


def test_an_answer_about_other_rows_is_told_apart():
    of = scheme({"features": "x", "score": "p"})
    assert lost(of, {"x": [[1, 2], [3, 4]]}, {"p": [0.5, 0.5, 0.5]}) is Loss.ROW_COUNT
    assert lost(of, {"x": [[1, 2], [3, 4]]}, {"p": 0.5}) is Loss.ROW_COUNT


def test_lists_of_another_width_are_told_apart():
    assert lost(scheme({"features": "x"}), {"x": [[1, 2, 3]]}, {}) is Loss.FEATURE_COUNT
    assert lost(scheme({"features": "x[*]"}), {"x": [1, 2]}, {}) is Loss.FEATURE_COUNT
