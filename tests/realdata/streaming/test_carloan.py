"""The car loans through MLflow and Redis, with ids in a column; the golden distances of their drift."""

from collections.abc import Callable
from pathlib import Path

import pytest

from modelmonitor.stats import drift
from modelmonitor.stats.drift import Rule, Statistic, Verdict
from realdata import packages
from realdata.streaming import binary, checks, distances, protocols, replaying, story
from realdata.streaming.story import Case, Told

ROWS = 25_000 if story.THOROUGH else 4_000
"""At the end, where they have drifted."""
REFERENCE = 10_000
OUTCOMES = ("repaid", "y_pred", "y_pred_proba", "timestamp")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, redis: Path) -> Case:
    loans = packages.carloan()
    reference = replaying.reference(
        tmp_path_factory.mktemp("reference") / "loans.csv",
        {name: it[:REFERENCE] for name, it in loans.reference.items()},
        "--target", "repaid", "--prediction", "y_pred", "--score", "y_pred_proba",
        "--id", "id", "--exclude", "timestamp",
    )  # fmt: skip
    analysis = {name: it[-ROWS:] for name, it in loans.analysis.items()}
    columns = {name: replaying.values(it) for name, it in analysis.items() if name not in OUTCOMES}
    for row in range(0, ROWS - 10, 89):
        columns["debt_to_income_ratio"][row] = None
        columns["salary_range"][row + 1] = "100K+ €"
        columns["repaid_loan_on_prev_car"][row + 2] = None
        columns["id"][row + 3] = None
    truth = loans.targets["repaid"][-ROWS:]
    requests = protocols.named_requests(columns, replaying.sizes(ROWS, 2), protocols.mlflow_split, "id")
    return Case(
        name="carloan",
        config={
            "model": {"task": "BinaryClassification"},
            "capture": {"protocol": "MLflow", "columns": {"id": "id"}},
        },
        reference=reference,
        columns=columns,
        recorded=binary.objects(analysis["y_pred_proba"].tolist(), analysis["y_pred"].tolist()),
        parts=story.parts(requests, truth.tolist(), (1 - truth).tolist()),
        redis=redis,
    )


def test_every_row_is_counted_once_and_matures_once(case: Case, told: Told) -> None:
    checks.requests(case, told)
    checks.rows(case, told)


def test_labels_become_what_the_rules_say(told: Told) -> None:
    checks.labels(told)


def test_every_value_is_in_its_cell(case: Case, told: Told) -> None:
    checks.features(case, told)
    binary.check_outputs(case, told.merged)


def test_distances_are_those_of_the_rows(case: Case, told: Told) -> None:
    before = packages.carloan().reference
    for column in case.reference["columns"]:
        name = column["name"]
        sent = [case.columns[name][row] for row in case.sent]
        distances.check(told.merged, column, (before[name][:REFERENCE].tolist(), sent))


def test_quality_is_that_of_scikit_learn(case: Case, told: Told) -> None:
    binary.check_quality(case, told)


def test_verdicts_name_what_has_drifted(case: Case, told: Told) -> None:
    rule = Rule(Statistic.PSI, 0.1, 1e-5)
    verdicts = {
        column["name"]: drift.judge(
            distances.reference(told.merged, column), distances.live(told.merged, column), rule
        ).verdict
        for column in case.reference["columns"]
    }
    assert {name for name, it in verdicts.items() if it is Verdict.DRIFT} == {
        "car_value",
        "salary_range",
        "repaid_loan_on_prev_car",
        "loan_length",
    }
    assert verdicts["driver_tenure"] is verdicts["size_of_downpayment"] is Verdict.NONE


def test_any_number_of_evaluators_counts_the_same(tell: Callable[[int], Told]) -> None:
    for number in story.NUMBERS[1:]:
        checks.same(tell(1), tell(number))
