"""A profile is what the evaluator wants: it counts the very rows into the very cells, on real data too."""

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from cli.profiling import tables
from cli.profiling.tables import CHURN
from modelmonitor.cli.profiling import output
from modelmonitor.cli.profiling.profiling import Profiled
from modelmonitor.evaluator.counters.counting import Counters
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire import families, reading
from modelmonitor.wire.config import EvaluatorConfig, Model, Task
from modelmonitor.wire.families import Family
from modelmonitor.wire.profile import ColumnType, Profile
from modelmonitor.wire.scheme import scheme
from realdata import packages


def read_back(found: Profiled) -> Profile:
    return reading.read(Profile, json.loads(output.document(found.profile)))


def test_a_profile_survives_being_written_and_fits_a_config() -> None:
    found = tables.of_table(tables.customers(), **CHURN, segments=("plan",), groups=("sex",))
    profile = read_back(found)
    assert profile == found.profile
    assert profile.hash == found.profile.hash
    model = Model(task=Task.BINARY, positive_class="yes", segments=("plan",), protected_attributes=("sex",))
    made = scheme(EvaluatorConfig(monitor="churn", model=model), profile)
    assert made.classes == ("no", "yes")
    assert made.names == ("age", "spent", "plan", "mobile", "sex")
    assert made.segments[0].values == ("basic", "plus", "pro")


def live(table: tables.Table, profile: Profile, model: Model) -> Counters:
    counters = Counters(
        scheme(EvaluatorConfig(monitor="m", model=model), profile), version="1", release="test"
    )
    features = {column.name: table[column.name] for column in profile.columns}
    counters.predicted(Rows(len(table["score"]), features, table["prediction"], table["score"]))
    return counters


def counted(counters: Counters, family: Family) -> NDArray[Any]:
    numbers = counters.bank.get(family)
    assert numbers is not None
    return numbers


def test_the_evaluator_counts_the_rows_of_the_reference_into_the_same_cells() -> None:
    table = tables.customers(rows=3000)
    profile = read_back(tables.of_table(table, **CHURN))
    counters = live(table, profile, Model(task=Task.BINARY, positive_class="yes"))
    columns = [*profile.columns, profile.prediction, profile.score]
    numeric = [it for it in columns if it is not None and it.type is ColumnType.NUMERIC]
    categorical = [it for it in columns if it is not None and it.type is ColumnType.CATEGORICAL]
    cumulative = np.concatenate([np.cumsum(it.counts) for it in numeric])
    assert np.array_equal(counted(counters, families.FEATURE_VALUE).ravel(), cumulative)
    counts = np.concatenate([it.counts for it in categorical])
    assert np.array_equal(counted(counters, families.FEATURE_CATEGORY).ravel(), counts)
    missing = [it.missing for it in (*numeric, *categorical)]
    assert counted(counters, families.FEATURE_MISSING).tolist() == missing
    assert not counted(counters, families.FEATURE_INVALID).any()
    assert not counted(counters, families.FEATURE_RANGE).any()


def as_lists(columns: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        name: [None if it != it else it for it in values.tolist()]  # noqa: PLR0124 - only NaN differs
        for name, values in columns.items()
    }


def test_car_loans() -> None:
    reference = as_lists(packages.carloan().reference)
    found = tables.of_table(
        reference,
        target="repaid",
        prediction="y_pred",
        scores={"": "y_pred_proba"},
        ids=("id",),
        excluded=("timestamp",),
    )
    truth, score = np.array(reference["repaid"]), np.array(reference["y_pred_proba"])
    told = {it.name: it.value for it in found.profile.metrics}
    assert found.profile.rows == 50_000
    assert told["Accuracy"] == pytest.approx(metrics.accuracy_score(truth, reference["y_pred"]))
    assert told["RocAuc"] == pytest.approx(metrics.roc_auc_score(truth, score), abs=1e-3)
    clipped = np.clip(score, 1e-15, 1 - 1e-15)  # scikit-learn clips at 2e-16
    assert told["LogLoss"] == pytest.approx(metrics.log_loss(truth, clipped), rel=1e-3)
    types = {column.name: column.type for column in found.profile.columns}
    assert types["car_value"] is ColumnType.NUMERIC
    assert types["salary_range"] is ColumnType.CATEGORICAL


def test_the_census_and_its_groups() -> None:
    reference = as_lists(packages.census().reference)
    found = tables.of_table(
        reference,
        target="employed",
        prediction="prediction",
        scores={"": "predicted_probability"},
        ids=tuple({"id", "timestamp"} & reference.keys()),
        groups=("SEX", "RAC1P"),
    )
    sex, race = found.profile.groups
    assert (sex.values, sum(sex.counts)) == (("1", "2"), 68_785)
    assert race.values == tuple(str(it) for it in range(1, 10))
    employed = np.array(reference["employed"])
    assert sum(sex.positives) == employed.sum()
    assert len(output.document(found.profile).encode()) < 64 << 10
