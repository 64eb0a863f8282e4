"""Elec2 through tensors without names; every evaluator remembers its own predictions, and loses them."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from realdata import packages
from realdata.streaming import binary, checks, distances, protocols, replaying, story
from realdata.streaming.story import Case, Told

REFERENCE = 10_000
ROWS = 35_312 if story.THOROUGH else 3_000
FEATURES = tuple(f"feat_{number}" for number in range(1, 7))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    elec = packages.elec2()
    table = np.column_stack([elec[name] for name in FEATURES])
    model = LogisticRegression().fit(table[:REFERENCE], elec["target"][:REFERENCE])
    scores = model.predict_proba(table)[:, 1]
    reference = replaying.reference(
        tmp_path_factory.mktemp("reference") / "elec.csv",
        {**{name: it[:REFERENCE] for name, it in elec.items()}, "score": scores[:REFERENCE]},
        "--target", "target", "--score", "score",
    )  # fmt: skip
    live = slice(REFERENCE, REFERENCE + ROWS)
    columns = {name: replaying.values(elec[name][live]) for name in FEATURES}
    truth = elec["target"][live]
    requests = protocols.requests(
        columns, replaying.sizes(ROWS, 3), protocols.open_inference_matrix, "half-hour"
    )
    return Case(
        name="elec2",
        config={"model": {"task": "BinaryClassification"}},
        reference=reference,
        columns=columns,
        recorded=binary.tensors(scores[live].tolist()),
        parts=story.parts(requests, truth.tolist(), (1 - truth).tolist()),
    )


def test_what_waited_in_an_ended_evaluator_is_lost_and_nothing_else(case: Case, told: Told) -> None:
    assert len(told.lost) == told.given_up > 0
    checks.requests(case, told)
    checks.rows(case, told)


def test_labels_become_what_the_rules_say(told: Told) -> None:
    checks.labels(told)


def test_every_value_is_in_its_cell(case: Case, told: Told) -> None:
    checks.features(case, told)
    binary.check_outputs(case, told.merged)


def test_distances_are_those_of_the_rows(case: Case, told: Told) -> None:
    before = packages.elec2()
    for column in case.reference["columns"]:
        name = column["name"]
        sent = [case.columns[name][row] for row in case.sent]
        distances.check(told.merged, column, (before[name][:REFERENCE].tolist(), sent))


def test_quality_is_that_of_scikit_learn(case: Case, told: Told) -> None:
    binary.check_quality(case, told)
