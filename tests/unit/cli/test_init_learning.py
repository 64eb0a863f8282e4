"""What is learnt from captured rows: which columns there are, and which truth counts."""

import json
from pathlib import Path
from typing import Any

import click
import pytest

from modelmonitor.cli.initialising import learning
from modelmonitor.cli.initialising.learning import Captured
from modelmonitor.wire.config import EvaluatorConfig, Labels, Model, Task
from modelmonitor.wire.profile import Profile

ROWS = 400
Line = dict[str, Any]


def lines(**columns: list[Any]) -> list[Line]:
    """Write rows as an evaluator does, in two lines."""
    features = {name: it for name, it in columns.items() if name not in ("predictions", "scores")}
    others = {name: it for name, it in columns.items() if name not in features}
    half = ROWS // 2
    return [
        {
            "count": half, "time": 100.0, "ids": [f"r{number}" for number in range(ROWS)][part],
            "features": {name: it[part] for name, it in features.items()},
            **{name: it[part] for name, it in others.items()},
        }
        for part in (slice(half), slice(half, None))
    ]  # fmt: skip


def learnt(
    folder: Path,
    told: list[Line],
    model: Model | None = None,
    labels: Labels | None = None,
    **more: Any,
) -> tuple[Profile, str]:
    """Return the profile and all notes."""
    file = folder / "captured"
    file.write_text("\n".join(map(json.dumps, told)) + "\n")
    model = model or Model(task=Task.BINARY)
    config = EvaluatorConfig(monitor="churn", model=model, labels=labels or Labels())
    found, notes = learning.learnt(Captured(file=file, config=config, **more), "the test")
    return found.profile, "\n".join(notes)


AGES = [20 + number % 50 for number in range(ROWS)]
SIDES = [number % 2 for number in range(ROWS)]
SCORES = [number % 100 / 100 for number in range(ROWS)]


def test_every_class_has_its_score_in_the_order_of_the_evaluator(tmp_path: Path) -> None:
    vectors: list[Any] = [[it / 2, it / 2, 1 - it] for it in SCORES]
    vectors[7] = None
    told = lines(age=AGES, scores=vectors, predictions=["cb"[it] for it in SIDES])
    model = Model(task=Task.MULTICLASS, classes=("c", "b", "a"))
    truths = {f"r{number}": "cba"[number % 3] for number in range(ROWS)}
    profile, notes = learnt(tmp_path, told, model, classes=("c", "b", "a"), truths=truths)
    assert profile.classes == ("c", "b", "a")
    assert profile.score is not None
    assert profile.score.missing == 1
    assert {it.name for it in profile.metrics} >= {"Accuracy", "RocAuc", "LogLoss"}
    assert notes == ""


def test_features_may_be_called_as_they_like_and_come_late(tmp_path: Path) -> None:
    first, second = lines(prediction=AGES, scores=SCORES)
    second["features"]["rare"] = ["x", "y"] * (ROWS // 4)
    many = [first] * 60  # more rows than names are looked for in, in a table
    profile, _ = learnt(tmp_path, [*many, second])
    assert [(it.name, it.missing) for it in profile.columns] == [("prediction", 0), ("rare", 12_000)]


@pytest.mark.parametrize(("labelled", "judged"), [(330, True), (300, False)])
def test_truth_counts_only_where_nearly_all_is_known(tmp_path: Path, labelled: int, judged: bool) -> None:
    told = lines(age=AGES, scores=SCORES, predictions=SIDES)
    truths = {f"r{number}": number % 2 for number in range(labelled)}
    profile, notes = learnt(tmp_path, told, truths=truths)
    assert bool(profile.metrics) == judged
    assert ("those that come fast would decide" in notes) != judged


@pytest.mark.parametrize(("until", "judged"), [(160.0, True), (159.9, False)])
def test_silence_is_a_truth_once_a_prediction_is_mature(tmp_path: Path, until: float, judged: bool) -> None:
    told = lines(age=AGES, scores=SCORES, predictions=SIDES)
    labels = Labels(maturity_seconds=60, implicit="0")
    truths = {f"r{number}": 1 for number in range(100)}
    profile, notes = learnt(tmp_path, told, labels=labels, truths=truths, until=until)
    assert profile.class_counts == ((300, 100) if judged else ())
    assert ("once they are 60 s old" in notes) != judged


def test_what_was_always_the_same_is_left_out_with_a_note(tmp_path: Path) -> None:
    told = lines(age=AGES, scores=[0.5] * ROWS, predictions=[0] * ROWS)
    profile, notes = learnt(tmp_path, told, truths={f"r{number}": "0" for number in range(ROWS)})
    assert (profile.prediction, profile.score, profile.metrics) == (None, None, ())
    assert [it.name for it in profile.columns] == ["age"]
    assert notes == (
        "scores are left out: expected scores that differ, got one that is always the same\n"
        "predictions are left out: expected more than one class, got only '0'; learn for longer\n"
        "no baseline of quality: expected more than one class, got only '0'; learn for longer"
    )


def test_groups_that_are_no_inputs_are_compared_and_not_watched(tmp_path: Path) -> None:
    model = Model(task=Task.REGRESSION, protected_attributes=("sex",))
    told = lines(age=AGES, sex=["mf"[it] for it in SIDES], predictions=SCORES)
    profile, _ = learnt(tmp_path, told, model, unasked=("sex",))
    assert [it.name for it in profile.columns] == ["age"]
    assert [(it.column, it.values) for it in profile.groups] == [("sex", ("f", "m"))]
    profile, _ = learnt(tmp_path, told, model)
    assert [it.name for it in profile.columns] == ["age", "sex"]


def test_rankings_tell_of_features_alone(tmp_path: Path) -> None:
    told = lines(age=AGES, predictions=[["a", "b"]] * ROWS)
    profile, notes = learnt(tmp_path, told, Model(task=Task.RANKING), truths={"r1": ["a"]})
    assert ([it.name for it in profile.columns], profile.prediction) == (["age"], None)
    assert "not told of rankings" in notes


def test_features_without_names_are_told_where_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"name them in spec\.capture\.columns\.names"):
        learnt(tmp_path, lines(scores=SCORES))
