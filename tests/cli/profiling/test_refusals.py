"""What cannot be a reference is refused with the reason and what to do, all reasons at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.profiling import tables
from cli.profiling.tables import CHURN
from modelmonitor.cli.profiling import output
from modelmonitor.errors import SpecInvalid
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType, Profile

Change = Callable[[dict[str, list[Any]]], None]


def replaced(name: str, values: Callable[[int], Any]) -> Change:
    def change(table: dict[str, list[Any]]) -> None:
        table[name] = [values(number) for number in range(len(table["score"]))]

    return change


def unchanged(_: dict[str, list[Any]]) -> None:
    pass


REFUSED: list[tuple[str, Change, dict[str, Any], str]] = [
    (
        "no such column",
        unchanged,
        {"target": "chruned"},
        "--target: expected a column of the file, got 'chruned'; did you mean 'churned'?",
    ),
    (
        "another case",
        unchanged,
        {"target": "CHURNED"},
        "--target: expected a column of the file, got 'CHURNED'; did you mean 'churned'?",
    ),
    (
        "no name",
        unchanged,
        {"target": None, "prediction": ""},
        (
            "--prediction: expected a column of the file, got ''; "
            "columns are: id, age, spent, plan, mobile, sex, score, prediction, churned"
        ),
    ),
    (
        "two roles",
        unchanged,
        {"prediction": "churned"},
        "--prediction: expected a column of its own, got 'churned', which is --target already",
    ),
    (
        "percent",
        replaced("score", lambda it: it % 101),
        {},
        (
            "column score: expected scores from 0 to 1, got 0 to 100; "
            "divide percentages by 100; of log-odds x, take 1 / (1 + exp(-x))"
        ),
    ),
    (
        "a constant score",
        replaced("score", lambda _: 0.5),
        {},
        "column score: expected scores that differ, got always 0.5; a constant ranks nothing: leave it out",
    ),
    (
        "one class",
        replaced("churned", lambda _: "no"),
        {},
        (
            "column churned: expected at least two classes, got only 'no'; "
            "take a period in which all classes occur"
        ),
    ),
    (
        "an unknown positive class",
        unchanged,
        {"positive_class": "1"},
        "--positive-class: expected one of no, yes, got '1'; --positive-class yes?",
    ),
    (
        "other classes predicted",
        replaced("prediction", lambda it: it % 2),
        {},
        (
            "column prediction: expected the classes no, yes, as in the target, got 0, 1; "
            "write classes alike in both columns"
        ),
    ),
    (
        "three classes of two",
        replaced("churned", lambda it: "abc"[it % 3]),
        {"task": Task.BINARY},
        "column churned: expected two classes, got a, b, c; --task multiclass",
    ),
    (
        "an unclear task",
        replaced("churned", lambda it: it % 7),
        {"scores": {}, "prediction": None, "excluded": ("score", "prediction")},
        (
            "--task: expected a clear one, got 7 whole numbers in 'churned', "
            "which may be classes or amounts; "
            "add --task multiclass or --task regression"
        ),
    ),
    (
        "a segment of too many values",
        unchanged,
        {"segments": ("age",)},
        (
            "column age: expected at most 20 values, to tell rows apart, got 71; "
            "put values into a few bands in a column of their own"
        ),
    ),
    (
        "a segment that came true",
        unchanged,
        {"segments": ("churned",)},
        "--segment, --group: expected what comes with a request, got 'churned', which is --target",
    ),
    (
        "texts among numbers",
        replaced("age", lambda it: "unknown" if it == 16 else it),
        {},
        (
            "column age: expected numbers or texts, got 599 numbers and 1 texts, "
            "the first 'unknown' in line 17; "
            "--type age=numeric counts the texts as missing, age=categorical the numbers as texts"
        ),
    ),
    (
        "texts as scores",
        replaced("score", lambda it: "high" if it == 3 else 0.1 * (it % 10)),
        {},
        "column score: expected scores, got 1 texts, the first 'high' in row 4",
    ),
    (
        "a regression with a score",
        unchanged,
        {"task": Task.REGRESSION},
        "--score: expected none for Regression, got score; give predicted values as --prediction",
    ),
    (
        "a score beside amounts",
        replaced("churned", lambda it: it * 1.5),
        {"prediction": None},
        (
            "--score: expected a target of classes, got many different numbers in 'churned'; "
            "give predicted values as --prediction"
        ),
    ),
    (
        "texts as amounts",
        unchanged,
        {"task": Task.REGRESSION, "scores": {}, "prediction": None},
        "column churned: expected numbers, got 600 texts such as 'no'",
    ),
]


@pytest.mark.parametrize(
    ("change", "request_", "said"), [it[1:] for it in REFUSED], ids=[it[0] for it in REFUSED]
)
def test_it_is_refused(change: Change, request_: dict[str, Any], said: str) -> None:
    table = tables.customers()
    change(table)
    found = tables.refusals(table, **{**CHURN, **request_})
    assert said in found, found


def test_too_few_rows_are_refused_with_what_would_do() -> None:
    (said,) = tables.refusals(tables.customers(150), **CHURN)
    assert said == (
        "rows: expected at least 200: 20 for each of 10 cells, got 150; "
        "take more rows, or fewer cells: --cells 7"
    )
    assert not tables.refusals(tables.customers(150), **CHURN, cells=7)


def test_all_reasons_come_at_once() -> None:
    table = tables.customers(100)
    replaced("score", lambda it: it)(table)
    replaced("churned", lambda _: "no")(table)
    said = tables.refusals(table, **CHURN, segments=("age",))
    assert [it.partition(":")[0] for it in said] == ["rows", "column score", "column age", "column churned"]


def test_columns_of_one_name_and_without_a_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(",a,a\n" + "1,2,3\n" * 300)
    assert tables.refusals(path) == [
        "header: expected names that differ, got 'a' 2 times; rename all but one",
        (
            "header: expected a name for every column, got none for column 1; "
            "name it, or write the table without its index"
        ),
    ]


def test_more_than_five_hundred_features_are_refused() -> None:
    table = {f"f{number}": [0] for number in range(501)}
    (said,) = tables.refusals(table)
    assert said.startswith("features: expected at most 500, got 501; leave out")


def test_a_table_in_which_nothing_can_be_counted_is_refused_with_each_reason() -> None:
    table = {"id": [f"c{it}" for it in range(400)], "nothing": [None] * 400, "tags": [["a"]] * 400}
    (said,) = tables.refusals(table)
    assert said.startswith(
        "features: expected at least one that can be counted, got none; id: 400 different texts"
    )
    assert "nothing: always missing; tags: of lists or objects" in said


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([f"c{it}" for it in range(400)], "400 different texts in 400 rows, such as an id or a name"),
        ([None] * 400, "always missing"),
        ([f"2026-01-{1 + it % 28:02}" for it in range(400)], "of dates"),
        ([f"2026-01-{1 + it % 28:02}T10:{it % 60:02}:00Z" for it in range(400)], "of dates"),
        ([f"1,{it}" for it in range(400)], "of numbers with a decimal comma"),
        ([{"a": 1}] * 400, "of lists or objects"),
    ],
    ids=["ids", "missing", "dates", "times", "decimal commas", "objects"],
)
def test_a_column_that_tells_nothing_is_left_out_and_said_to_be(values: list[Any], reason: str) -> None:
    found = tables.of_table({"x": list(range(400)), "y": values})
    assert [it.name for it in found.profile.columns] == ["x"]
    assert found.features.excluded["y"].startswith(reason)


def test_texts_of_which_the_commonest_hold_little_are_left_out() -> None:
    def kept(different: int) -> list[str]:
        texts = [f"t{it % different}" for it in range(3000)]
        return [it.name for it in tables.of_table({"x": list(range(3000)), "y": texts}).profile.columns]

    assert kept(499) == ["x", "y"]
    assert kept(601) == ["x"]


def test_a_number_that_is_called_an_id_is_counted_and_asked_about() -> None:
    found = tables.of_table({"customer_id": list(range(400)), "paid": list(range(400))})
    assert found.features.remarks == {"customer_id": "an id? then --id customer_id", "paid": ""}


def test_infinite_numbers_alone_tell_nothing() -> None:
    found = tables.of_table({"x": list(range(400)), "y": [float("inf")] * 400})
    assert found.features.excluded == {"y": "without a finite number, the first value is 'inf'"}


def test_our_own_names_are_refused() -> None:
    (said,) = tables.refusals({"@score": list(range(400)), "x": list(range(400))})
    assert said == "header: expected names of columns, got '@score', which is ours; rename it"


def test_scores_that_never_come_together_are_refused() -> None:
    table = {"x": list(range(400)), "a": [0.5, None] * 200, "b": [None, 0.5] * 200, "y": ["a", "b"] * 200}
    said = tables.refusals(table, target="y", scores={"a": "a", "b": "b"})
    assert "--score: expected rows that have a score for every class, got none" in said


def test_ids_are_counted_if_the_user_insists() -> None:
    table = {"y": [f"c{it:03}" for it in range(400)]}
    found = tables.of_table(table, types={"y": ColumnType.CATEGORICAL})
    assert found.profile.columns[0].counts == (*(1,) * 50, 350)


def test_a_constant_column_is_kept_and_said_to_be_constant() -> None:
    found = tables.of_table({"x": [3.5] * 400, "y": ["a"] * 400})
    assert found.features.remarks == dict.fromkeys("xy", "constant: any other value is drift")
    assert [sum(it.counts) for it in found.profile.columns] == [400, 400]


def test_texts_in_a_column_that_is_declared_to_be_of_numbers_are_missing() -> None:
    values = ["?" if it % 4 == 0 else str(it) for it in range(400)]
    found = tables.of_table({"x": values}, types={"x": ColumnType.NUMERIC})
    (column,) = found.profile.columns
    assert (column.missing, sum(column.counts)) == (100, 300)
    assert found.features.remarks["x"] == "100 texts counted as missing"


def test_a_file_that_changes_between_the_readings_is_refused(tmp_path: Path) -> None:
    from modelmonitor.cli.profiling import profiling, sources
    from modelmonitor.cli.profiling.request import Request

    path = tables.write(tmp_path / "t.csv", {"a": list(range(400))})

    def appended(reading: str, chunks: Any) -> Any:
        if reading == "count":
            with path.open("a") as file:
                file.write("7\n")
        return chunks

    with sources.opened(str(path)) as source, pytest.raises(SpecInvalid, match="401 at the second"):
        profiling.profiled(Request(), source, appended)


def test_a_profile_that_no_config_map_holds_is_refused_with_what_weighs_most() -> None:
    names = tuple(f"{number:03}{'x' * 12_000}" for number in range(50))
    heavy = Column(name="text", type=ColumnType.CATEGORICAL, categories=names, counts=(1,) * 51)
    light = Column(name="x", type=ColumnType.NUMERIC, edges=(1.0,), counts=(1, 1))
    with pytest.raises(
        SpecInvalid, match=r"at most 524,288 bytes, got 60\d,\d+: column text 60\d,\d+, column x"
    ):
        output.document(Profile(rows=2, columns=(light, heavy)))


def test_five_hundred_numbers_and_as_many_cells_as_usual_fit() -> None:
    random = np.random.default_rng(5)
    table = {f"feature_{number}": random.normal(size=250).tolist() for number in range(500)}
    assert len(output.document(tables.of_table(table).profile).encode()) < 512 << 10
