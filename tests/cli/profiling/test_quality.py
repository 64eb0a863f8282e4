"""The quality of the reference is what scikit-learn says that it is, as near as the cells allow."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from cli.profiling import tables
from cli.profiling.tables import CHURN
from modelmonitor.cli.profiling.profiling import Profiled
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import ColumnType


def quality(found: Profiled) -> dict[str, float]:
    return {it.name: it.value for it in found.profile.metrics}


def test_two_classes() -> None:
    table = tables.customers(rows=20_000)
    found = tables.of_table(table, **CHURN)
    actual, predicted = np.array(table["churned"]), np.array(table["prediction"])
    score, truth = np.array(table["score"]), actual == "yes"
    assert found.profile.task is Task.BINARY
    assert quality(found) == {
        "Accuracy": pytest.approx(metrics.accuracy_score(actual, predicted)),
        "Precision": pytest.approx(metrics.precision_score(actual, predicted, pos_label="yes")),
        "Recall": pytest.approx(metrics.recall_score(actual, predicted, pos_label="yes")),
        "F1": pytest.approx(metrics.f1_score(actual, predicted, pos_label="yes")),
        "RocAuc": pytest.approx(metrics.roc_auc_score(truth, score), abs=1e-3),
        "PrAuc": pytest.approx(metrics.average_precision_score(truth, score), abs=1e-2),
        "LogLoss": pytest.approx(metrics.log_loss(truth, score)),
        "Brier": pytest.approx(metrics.brier_score_loss(truth, score)),
    }
    assert {it.rows for it in found.profile.metrics} == {20_000}
    assert len(found.profile.score_edges) == 94


def flowers(rows: int = 6000) -> dict[str, list[Any]]:
    random = np.random.default_rng(11)
    scores = random.dirichlet([1, 1, 1], rows)
    actual = [int(random.choice(3, p=it)) for it in scores]
    names = np.array(["iris", "lily", "rose"])
    return {
        "width": random.normal(3, 1, rows).tolist(),
        **{f"p_{name}": scores[:, at].tolist() for at, name in enumerate(names)},
        "predicted": names[scores.argmax(axis=1)].tolist(),
        "kind": names[actual].tolist(),
    }


FLOWERS: dict[str, Any] = {
    "target": "kind",
    "prediction": "predicted",
    "scores": {"rose": "p_rose", "iris": "p_iris", "lily": "p_lily"},
}


def test_many_classes_in_the_order_of_their_scores() -> None:
    table = flowers()
    table["garden"] = ["a", "b"] * 3000
    found = tables.of_table(table, **FLOWERS, segments=("garden",))
    profile = found.profile
    assert (profile.segments[0].counts, profile.segments[0].positives) == ((3000, 3000), ())
    assert (profile.task, profile.classes) == (Task.MULTICLASS, ("rose", "iris", "lily"))
    assert profile.class_counts == tuple(map(table["kind"].count, profile.classes))
    scores = np.column_stack([table["p_iris"], table["p_lily"], table["p_rose"]])
    told = quality(found)
    assert told["F1"] == pytest.approx(metrics.f1_score(table["kind"], table["predicted"], average="macro"))
    auc = metrics.roc_auc_score(table["kind"], scores, multi_class="ovr")
    assert told["RocAuc"] == pytest.approx(auc, abs=1e-3)
    assert told["LogLoss"] == pytest.approx(metrics.log_loss(table["kind"], scores))
    assert profile.score is not None
    largest = scores.max(axis=1)
    assert profile.score.minimum == largest.min()
    cells = np.searchsorted(profile.score.edges, largest, side="left")
    assert profile.score.counts == tuple(np.bincount(cells))


def test_of_many_classes_the_largest_score_decides_where_no_prediction_is_given() -> None:
    request = {**FLOWERS, "prediction": None, "excluded": ("predicted",)}
    assert tables.of_table(flowers(), **request).profile == tables.of_table(flowers(), **FLOWERS).profile


def test_numbers() -> None:
    random = np.random.default_rng(2)
    actual = random.gamma(2, 100, 4000)
    actual[:3] = 0
    predicted = actual * random.normal(1, 0.1, 4000) + 3
    table = {
        "rooms": random.integers(1, 6, 4000).tolist(),
        "price": actual.tolist(),
        "said": predicted.tolist(),
    }
    found = tables.of_table(table, target="price", prediction="said")
    assert found.profile.task is Task.REGRESSION
    assert found.profile.target_mean == pytest.approx(actual.mean())
    assert found.profile.error_edges
    assert found.profile.prediction is not None
    assert quality(found) == {
        "MAE": pytest.approx(metrics.mean_absolute_error(actual, predicted)),
        "RMSE": pytest.approx(metrics.root_mean_squared_error(actual, predicted)),
        "MAPE": pytest.approx(metrics.mean_absolute_percentage_error(actual[3:], predicted[3:])),
        "R2": pytest.approx(metrics.r2_score(actual, predicted)),
    }
    rows = {it.name: it.rows for it in found.profile.metrics}
    assert (rows["MAE"], rows["MAPE"]) == (4000, 3997)


def test_rows_without_a_target_are_counted_but_not_judged() -> None:
    table = tables.customers()
    table["churned"][:100] = [None] * 100
    found = tables.of_table(table, **CHURN)
    assert found.profile.rows == 600
    assert sum(found.profile.class_counts) == 500
    assert {it.rows for it in found.profile.metrics} == {500}
    assert found.notes == ("100 of 600 rows have no target: quality is that of the others",)


@pytest.mark.parametrize(("no", "yes"), [("0", "1"), ("0.0", "1.00"), ("00", "+1")])
def test_classes_that_are_numbers_are_written_as_the_evaluator_writes_them(
    no: str, yes: str, tmp_path: Path
) -> None:
    table = tables.customers()
    table["churned"] = [yes if it == "yes" else no for it in table["churned"]]
    table["rate"] = [("0.50", "1.5")[at % 2] for at in range(600)]
    path = tables.write(tmp_path / "t.csv", table)
    request = {**CHURN, "prediction": None, "positive_class": "1", "excluded": ("prediction",)}
    found = tables.of_file(path, **request, segments=("rate",)).profile
    assert found.classes == ("0", "1")
    assert found.class_counts == (table["churned"].count(no), table["churned"].count(yes))
    assert (found.segments[0].values, found.segments[0].counts) == (("0.5", "1.5"), (300, 300))
    assert quality(tables.of_file(path, **request))["RocAuc"] > 0.6


def test_texts_that_look_like_numbers_stay_texts_where_the_file_or_the_user_says_so(tmp_path: Path) -> None:
    table = tables.customers()
    table["churned"] = ["01" if it == "yes" else "02" for it in table["churned"]]
    request = {**CHURN, "prediction": None, "positive_class": "01", "excluded": ("prediction",)}
    typed = tables.of_file(tables.write(tmp_path / "t.parquet", table), **request).profile
    types = {"churned": ColumnType.CATEGORICAL}
    said = tables.of_file(tables.write(tmp_path / "t.csv", table), **request, types=types).profile
    assert typed.classes == said.classes == ("02", "01")
    assert typed == said


def test_features_alone_are_a_reference_for_drift() -> None:
    table = {"x": list(range(400)), "y": ["a", "b"] * 200}
    assert tables.of_table(table).profile.task is None
    assert tables.of_table(table, task=Task.RANKING).profile.task is Task.RANKING
