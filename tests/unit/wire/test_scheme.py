"""What config and reference say together: nothing is counted under a class that nobody meant."""

from typing import Any

import pytest

from modelmonitor.errors import SpecInvalid
from modelmonitor.wire.config import EvaluatorConfig, Labels, Model, Task
from modelmonitor.wire.profile import Profile
from modelmonitor.wire.scheme import Scheme, scheme


def of(
    task: Task, *, known: tuple[str, ...] | None = None, implicit: str | None = None, **model: Any
) -> Scheme:
    """A scheme; `known` are the classes of the reference, where there is one."""
    config = EvaluatorConfig(
        monitor="churn", model=Model(task=task, **model), labels=Labels(implicit=implicit)
    )
    return scheme(config, None if known is None else Profile(rows=1, classes=known))


@pytest.mark.parametrize(
    ("task", "given", "classes"),
    [
        (Task.BINARY, {}, ("0", "1")),
        (Task.BINARY, {"positive_class": "0"}, ("1", "0")),
        (Task.BINARY, {"known": ()}, ("0", "1")),
        (Task.BINARY, {"known": ("yes", "no"), "positive_class": "yes"}, ("no", "yes")),
        (Task.BINARY, {"classes": ("yes", "no"), "positive_class": "no", "implicit": "yes"}, ("yes", "no")),
        (Task.MULTICLASS, {"known": ("b", "a"), "implicit": "a"}, ("b", "a")),
        (Task.MULTICLASS, {"known": ("b", "a"), "classes": ("a", "b")}, ("a", "b")),
        (Task.REGRESSION, {"known": ("b", "a"), "implicit": "nothing"}, ()),
    ],
)
def test_classes_are_those_of_the_config_or_of_the_reference(
    task: Task, given: dict[str, Any], classes: tuple[str, ...]
) -> None:
    assert of(task, **given).classes == classes


@pytest.mark.parametrize(
    ("task", "given", "path"),
    [
        (Task.MULTICLASS, {}, "model.classes"),
        (Task.MULTICLASS, {"known": ()}, "model.classes"),
        (Task.MULTICLASS, {"known": ("a", "b"), "classes": ("a", "c")}, "model.classes"),
        (Task.BINARY, {"positive_class": "yes"}, "model.classes"),
        (Task.BINARY, {"positive_class": "yes", "known": ("yes",)}, "model.classes"),
        (Task.BINARY, {"known": ("0", "1", "2")}, "model.classes"),
        (Task.BINARY, {"known": ("no", "yes")}, "model.positiveClass"),
        (Task.BINARY, {"implicit": "no"}, "labels.implicit"),
        (Task.MULTICLASS, {"known": ("a", "b"), "implicit": "A"}, "labels.implicit"),
    ],
)
def test_a_class_that_nobody_declared_is_refused(task: Task, given: dict[str, Any], path: str) -> None:
    with pytest.raises(SpecInvalid) as caught:
        of(task, **given)
    assert [problem.path for problem in caught.value.problems] == [path]
