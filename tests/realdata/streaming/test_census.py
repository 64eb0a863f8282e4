"""The census through Open Inference and Redis: employment of four years, fairness by sex and race."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from modelmonitor.stats import fairness
from modelmonitor.stats.groups import Groups
from realdata import packages
from realdata.streaming import binary, checks, distances, oracle, protocols, replaying, story
from realdata.streaming.binary import Rows
from realdata.streaming.story import Case, Told

ROWS = 208_892 if story.THOROUGH else 3_000
REFERENCE = 68_785 if story.THOROUGH else 10_000
GROUPS = ("SEX", "RAC1P")
SEGMENT = "CIT"
OUTCOMES = ("prediction", "predicted_probability", "employed")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, redis: Path) -> Case:
    data, folder = packages.census(), tmp_path_factory.mktemp("reference")
    reference = replaying.reference(
        folder / "census.parquet",
        {name: it[-REFERENCE:] for name, it in data.reference.items()},
        "--target", "employed", "--prediction", "prediction", "--score", "predicted_probability",
        "--id", "id", "--exclude", "year", "--group", "SEX", "--group", "RAC1P", "--segment", SEGMENT,
    )  # fmt: skip
    columns = _spoilt(data.analysis)
    predicted, scores = (data.analysis[name][:ROWS].tolist() for name in OUTCOMES[:2])
    truth = data.targets["employed"][:ROWS]
    requests = protocols.requests(columns, replaying.sizes(ROWS, 1), protocols.open_inference, "person")
    model = {"task": "BinaryClassification", "segments": [SEGMENT], "protectedAttributes": GROUPS}
    return Case(
        name="census",
        config={"model": model},
        reference=reference,
        columns=columns,
        recorded=binary.tensors(scores, predicted),
        parts=story.parts(requests, truth.tolist(), (1 - truth).tolist(), retried=8),
        redis=redis,
    )


def _spoilt(analysis: dict[str, np.ndarray]) -> dict[str, list]:
    """Spoil some values as life does: none, a text, what no year has seen, a column too many."""
    columns = {
        name: replaying.values(it[:ROWS])
        for name, it in analysis.items()
        if name not in (*OUTCOMES, "id", "year")
    }
    for row in range(0, ROWS - 20, 97):
        columns["AGEP"][row] = None
        columns["AGEP"][row + 5] = "old"
        columns["AGEP"][row + 7] = 250
        columns["SCHL"][row + 9] = "a new school"
        columns["RAC1P"][row + 11] = None
        columns["CIT"][row + 13] = "9"
    return {**columns, "surprise": [1] * ROWS}


def test_every_row_is_counted_once_and_matures_once(case: Case, told: Told) -> None:
    checks.requests(case, told)
    checks.rows(case, told)


def test_labels_become_what_the_rules_say(told: Told) -> None:
    checks.labels(told)


def test_every_value_is_in_its_cell(case: Case, told: Told) -> None:
    checks.features(case, told)
    binary.check_outputs(case, told.merged)


def test_distances_are_those_of_the_rows(case: Case, told: Told) -> None:
    before = packages.census().reference
    for column in case.reference["columns"]:
        name = column["name"]
        sent = [case.columns[name][row] for row in case.sent]
        distances.check(told.merged, column, (before[name][-REFERENCE:].tolist(), sent))


def test_quality_is_that_of_scikit_learn(case: Case, told: Told) -> None:
    binary.check_quality(case, told)


def test_segments_are_told_apart(case: Case, told: Told) -> None:
    rows, truth = binary.labelled(case, told)
    known = set(case.reference["segments"][0]["values"])
    values = np.array(
        [it if it in known else oracle.OTHER for it in binary.texts(case, SEGMENT, rows.positions)]
    )
    for value in (*known, oracle.OTHER):
        chosen = values == value
        assert chosen.any()
        binary.check_confusion(told.merged, rows.of(chosen), truth[chosen], segment=f"{SEGMENT}={value}")


@pytest.mark.parametrize("attribute", GROUPS)
def test_fairness_is_that_of_the_rows(case: Case, told: Told, attribute: str) -> None:
    (names,) = [one["values"] for one in case.reference["groups"] if one["column"] == attribute]
    everybody = binary.all_sent(case)
    rows, truth = binary.labelled(case, told)
    for group in (*names, oracle.OTHER):
        of = _members(case, attribute, everybody, names) == group
        assert told.merged.total("group_total", attribute=attribute, group=group) == of.sum()
        selected = told.merged.total("group_selected_total", attribute=attribute, group=group)
        assert selected == everybody.predicted[of].sum()
        of = _members(case, attribute, rows, names) == group
        binary.check_confusion(told.merged, rows.of(of), truth[of], attribute=attribute, group=group)
    gap = fairness.demographic_parity_difference(_counted(told, attribute, names))
    members = _members(case, attribute, everybody, names)
    rates = [everybody.predicted[members == it].mean() for it in names if (members == it).sum() >= 30]
    assert gap.value == pytest.approx(max(rates) - min(rates), abs=1e-12)
    gap = fairness.equal_opportunity_difference(_counted(told, attribute, names))
    members = _members(case, attribute, rows, names)
    hits = [rows.predicted[(members == it) & (truth == 1)] for it in names]
    rates = [it.mean() for it in hits if len(it) >= 30]
    assert gap.value == pytest.approx(max(rates) - min(rates), abs=1e-12)


def _members(case: Case, attribute: str, rows: Rows, names: list[str]) -> np.ndarray:
    return np.array(
        [it if it in names else oracle.OTHER for it in binary.texts(case, attribute, rows.positions)]
    )


def _counted(told: Told, attribute: str, names: list[str]) -> Groups:
    """Return the groups as they were counted."""
    merged, every = told.merged, (*names, oracle.OTHER)
    totals = [merged.total("group_total", attribute=attribute, group=it) for it in every]
    chosen = [merged.total("group_selected_total", attribute=attribute, group=it) for it in every]
    outcomes = [
        [
            [
                merged.total("group_confusion_total", attribute=attribute, group=it, actual=a, predicted=p)
                for p in ("0", "1")
            ]
            for a in ("0", "1")
        ]
        for it in every
    ]
    selected = np.array([np.subtract(totals, chosen), chosen], np.int64).T
    return Groups(tuple(names), selected, np.array(outcomes, np.int64))


def test_any_number_of_evaluators_counts_the_same(tell: Callable[[int], Told]) -> None:
    for number in story.NUMBERS[1:]:
        checks.same(tell(1), tell(number))
