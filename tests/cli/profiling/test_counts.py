"""Counts are exact, and those of live rows are counted in the same way."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.profiling import tables
from cli.profiling.tables import CHURN, FORMATS
from modelmonitor.cli.profiling import output
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType


def column(found: Any, name: str) -> Column:
    return next(it for it in found.profile.columns if it.name == name)


@pytest.mark.parametrize("kind", FORMATS)
def test_counts_are_numpys(kind: str, tmp_path: Path) -> None:
    table = tables.customers(rows=5000)
    found = tables.of_file(tables.write(tmp_path / f"t.{kind}", table), **CHURN)
    for name in ("age", "spent"):
        values = np.array([np.nan if it is None else it for it in table[name]], dtype=float)
        counted = column(found, name)
        assert counted.missing == np.isnan(values).sum()
        cells = np.searchsorted(counted.edges, values[~np.isnan(values)], side="left")
        assert counted.counts == tuple(np.bincount(cells, minlength=len(counted.edges) + 1))
        assert (counted.minimum, counted.maximum) == (np.nanmin(values), np.nanmax(values))
        assert len(counted.counts) == 10
        assert max(counted.counts) < 2 * min(counted.counts)
    plan = column(found, "plan")
    assert plan.categories == ("basic", "plus", "pro")
    assert plan.counts == (*(table["plan"].count(it) for it in plan.categories), 0)
    mobile = column(found, "mobile")
    assert dict(zip(mobile.categories, mobile.counts, strict=False)) == {
        "true": table["mobile"].count(True),
        "false": table["mobile"].count(False),
    }


def test_a_large_table_is_counted_exactly_between_edges_that_are_nearly_exact() -> None:
    values = np.random.default_rng(3).lognormal(0, 2, 300_000)
    (counted,) = tables.of_table({"x": values.tolist()}).profile.columns
    cells = np.searchsorted(counted.edges, values, side="left")
    assert counted.counts == tuple(np.bincount(cells))
    assert np.allclose(np.array(counted.counts) / values.size, 0.1, atol=0.002)


def test_few_different_numbers_get_a_cell_each_however_rare_they_are() -> None:
    values = [0.0] * 150_000 + [1.0] + [3.0] * 150_000 + [7.5]
    (counted,) = tables.of_table({"x": values}).profile.columns
    assert [it for it in counted.counts if it] == [150_000, 1, 150_000, 1]


def test_a_heavy_tie_is_a_cell_that_is_not_split() -> None:
    random = np.random.default_rng(1)
    values = np.concatenate([np.zeros(6000), random.exponential(1, 4000)])
    (counted,) = tables.of_table({"x": values.tolist()}).profile.columns
    assert max(counted.counts) in range(6000, 7001)


def test_an_infinite_number_is_in_an_outermost_cell_and_in_no_range() -> None:
    found = tables.of_table({"x": [*map(float, range(1000)), float("inf"), float("-inf")]})
    (counted,) = found.profile.columns
    assert (counted.minimum, counted.maximum, sum(counted.counts), counted.missing) == (0, 999, 1002, 0)
    assert found.features.remarks["x"] == "2 infinite values in the outermost cells"


def test_the_fifty_commonest_texts_are_told_apart_and_all_others_counted_together() -> None:
    texts = [f"t{number:02}" for number in range(80) for _ in range(100 - number)]
    found = tables.of_table({"x": texts})
    (counted,) = found.profile.columns
    assert counted.categories == tuple(f"t{number:02}" for number in range(50))
    assert counted.counts[-1] == sum(100 - number for number in range(50, 80))
    assert found.features.remarks["x"] == "the 50 commonest of 80 texts"


def test_texts_rarer_than_one_row_in_a_thousand_are_counted_with_all_others() -> None:
    texts = ["a"] * 3000 + ["b"] * 996 + ["at"] * 4 + ["below"] * 3 + ["rare"]
    found = tables.of_table({"x": texts})
    (counted,) = found.profile.columns
    assert (counted.categories, counted.counts) == (("a", "b"), (3000, 996, 8))
    assert found.features.remarks["x"] == "the 2 commonest of 5 texts"
    (counted,) = tables.of_table({"x": texts[:-4]}).profile.columns
    assert (counted.categories, counted.counts) == (("a", "b", "at"), (3000, 996, 4, 0))


def test_a_missing_text_is_missing_and_no_category() -> None:
    found = tables.of_table({"x": ["a", None, "b", "a", ""] * 100})
    (counted,) = found.profile.columns
    assert (counted.categories, counted.counts, counted.missing) == (("a", "b"), (200, 100, 0), 200)


def test_our_name_for_all_others_is_one_of_the_others() -> None:
    (counted,) = tables.of_table({"x": ["a", "__other__"] * 200}).profile.columns
    assert (counted.categories, counted.counts) == (("a",), (200, 200))


def test_zero_has_one_sign() -> None:
    found = [tables.of_table({"x": zeros * 200}).profile for zeros in ([-0.0, 0.0, 1.0], [0.0, -0.0, 1.0])]
    assert found[0].hash == found[1].hash
    assert str(found[0].columns[0].minimum) == "0.0"


def test_the_prediction_and_the_score_are_columns_of_their_own() -> None:
    table = tables.customers()
    found = tables.of_table(table, **CHURN).profile
    assert found.prediction is not None
    assert found.score is not None
    assert found.prediction.categories == ("no", "yes")
    assert found.prediction.counts == (table["prediction"].count("no"), table["prediction"].count("yes"), 0)
    assert sum(found.score.counts) == 600
    assert found.class_counts == (table["churned"].count("no"), table["churned"].count("yes"))
    assert [it.name for it in found.columns] == ["age", "spent", "plan", "mobile", "sex"]


def test_without_a_prediction_the_score_decides_as_it_does_in_the_evaluator() -> None:
    table = tables.customers()
    request = {**CHURN, "prediction": None, "excluded": ("prediction",)}
    assert tables.of_table(table, **request).profile == tables.of_table(table, **CHURN).profile
    strict = tables.of_table(table, **request, decision_threshold=0.7).profile
    assert strict.prediction is not None
    assert strict.prediction.counts[1] == sum(it >= 0.7 for it in table["score"])


def test_a_score_at_the_threshold_is_positive() -> None:
    table = {"x": list(range(400)), "p": [0.4, 0.6] * 200, "y": ["no", "yes"] * 200}
    request: dict[str, Any] = {"target": "y", "scores": {"": "p"}, "positive_class": "yes"}
    found = tables.of_table(table, **request, decision_threshold=0.6).profile
    assert found.prediction is not None
    assert found.prediction.counts == (200, 200, 0)


def test_where_a_prediction_is_missing_the_score_decides() -> None:
    table = tables.customers()
    whole = tables.of_table(table, **CHURN).profile
    table["prediction"] = [None if at % 3 else it for at, it in enumerate(table["prediction"])]
    assert tables.of_table(table, **CHURN).profile == whole


def test_a_score_alone_has_drift_and_no_classes() -> None:
    table = tables.customers()
    excluded = ("prediction", "churned")
    found = tables.of_table(table, scores={"": "score"}, ids=("id",), excluded=excluded)
    assert found.profile.task is Task.BINARY
    assert found.profile.score is not None
    assert (found.profile.classes, found.profile.prediction) == ((), None)
    assert found.profile.metrics == ()
    assert len(found.profile.score_edges) == 94


def test_slices_have_their_rows_and_their_positives() -> None:
    table = tables.customers()
    found = tables.of_table(table, **CHURN, segments=("plan",), groups=("sex", "mobile")).profile
    (plan,) = found.segments
    assert plan.values == ("basic", "plus", "pro")
    positive = [
        plan for plan, churned in zip(table["plan"], table["churned"], strict=True) if churned == "yes"
    ]
    assert plan.counts == tuple(map(table["plan"].count, plan.values))
    assert plan.positives == tuple(map(positive.count, plan.values))
    assert [(it.column, it.values) for it in found.groups] == [
        ("sex", ("f", "m")),
        ("mobile", ("false", "true")),
    ]


def test_a_group_that_the_model_does_not_see_is_no_feature() -> None:
    found = tables.of_table(tables.customers(), **CHURN, groups=("sex",), excluded=("sex",)).profile
    assert "sex" not in [it.name for it in found.columns]
    assert found.groups[0].values == ("f", "m")


def test_the_sample_of_the_guide_has_the_golden_profile(golden: Any) -> None:
    sample = Path(__file__).parents[3] / "manifests/examples/data/churn.csv"
    options = {**CHURN, "ids": ("customer",), "segments": ("plan",), "groups": ("sex",)}
    found = tables.of_file(sample, **options)
    golden(
        Path(__file__).parent / "churn-reference.yaml",
        output.config_map(found.profile, output.Place("churn-reference", "ml")),
    )


def test_the_sample_is_what_its_script_writes() -> None:
    import sample

    assert sample.PATH.read_text() == sample.text()


def test_types_that_the_user_gives_win() -> None:
    table = {"code": [str(it % 7) for it in range(400)], "x": [it % 11 for it in range(400)]}
    types = {"code": ColumnType.NUMERIC, "x": ColumnType.CATEGORICAL}
    found = tables.of_table(table, types=types)
    assert [it.type for it in found.profile.columns] == [ColumnType.NUMERIC, ColumnType.CATEGORICAL]
    assert set(column(found, "x").categories) == {str(it) for it in range(11)}
