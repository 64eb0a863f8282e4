"""Whether flights are late, through KServe v1 and Redis: seasons, missing values, truths that never come."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from realdata.streaming import binary, checks, departures, distances, protocols, replaying, story
from realdata.streaming.departures import LATE, REFERENCE, ROWS
from realdata.streaming.story import Case, Told


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, redis: Path) -> Case:
    year = departures.departures()
    known = ~np.isnan(year.delay[:REFERENCE])
    columns = {name: it[:REFERENCE][known] for name, it in year.columns.items()}
    reference = replaying.reference(
        tmp_path_factory.mktemp("reference") / "january.parquet",
        {**columns, "late": year.delay[:REFERENCE][known] > LATE, "score": year.score[:REFERENCE][known]},
        "--target", "late", "--score", "score", "--positive-class", "true", "--segment", "origin",
    )  # fmt: skip
    live = slice(REFERENCE, REFERENCE + ROWS)
    truth = [None if np.isnan(it) else bool(it > LATE) for it in year.delay[live]]
    scores = year.score[live]
    sent = departures.sent()
    requests = protocols.requests(sent, replaying.sizes(ROWS, 4), protocols.kserve_v1, "flight")
    return Case(
        name="flights",
        config={
            "model": {
                "task": "BinaryClassification", "positiveClass": "true", "segments": ["origin"],
            },
            "capture": {"protocol": "KServeV1"},
        },
        reference=reference,
        columns=sent,
        recorded=binary.objects(scores.tolist(), (scores >= binary.THRESHOLD).tolist()),
        parts=story.parts(requests, truth, [not it for it in truth]),
        redis=redis,
    )  # fmt: skip


def test_every_row_is_counted_once_and_matures_once(case: Case, told: Told) -> None:
    checks.requests(case, told)
    checks.rows(case, told)


def test_labels_become_what_the_rules_say(told: Told) -> None:
    checks.labels(told)


def test_every_value_is_in_its_cell(case: Case, told: Told) -> None:
    checks.features(case, told)
    binary.check_outputs(case, told.merged)
    assert "tailnum" not in {column["name"] for column in case.reference["columns"]}
    assert told.merged.total("unexpected_columns_total") > 0


def test_distances_are_those_of_the_rows(case: Case, told: Told) -> None:
    year = departures.departures()
    known = ~np.isnan(year.delay[:REFERENCE])
    for column in case.reference["columns"]:
        name = column["name"]
        before = replaying.values(year.columns[name][:REFERENCE][known])
        distances.check(told.merged, column, (before, [case.columns[name][row] for row in case.sent]))


def test_quality_is_that_of_scikit_learn(case: Case, told: Told) -> None:
    binary.check_quality(case, told)


def test_airports_are_told_apart(case: Case, told: Told) -> None:
    rows, truth = binary.labelled(case, told)
    origins = np.array(binary.texts(case, "origin", rows.positions))
    for origin in ("EWR", "JFK", "LGA"):
        of = origins == origin
        assert of.any()
        binary.check_confusion(told.merged, rows.of(of), truth[of], segment=f"origin={origin}")


def test_any_number_of_evaluators_counts_the_same(tell: Callable[[int], Told]) -> None:
    for number in story.NUMBERS[1:]:
        checks.same(tell(1), tell(number))
