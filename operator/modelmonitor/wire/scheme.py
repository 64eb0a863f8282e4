"""What config and reference say together: classes, features, slices; one for all parts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from modelmonitor.errors import Problem, SpecInvalid
from modelmonitor.wire.config import EvaluatorConfig, Model, Task
from modelmonitor.wire.names import FEATURE_PREDICTION, FEATURE_SCORE
from modelmonitor.wire.profile import Column, Profile, Slice

CLASSIFICATIONS = (Task.BINARY, Task.MULTICLASS)
_BINARY = ("0", "1")
"""The classes of a binary model of which none are named."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A config with its reference, checked against each other."""

    config: EvaluatorConfig
    profile: Profile | None
    classes: tuple[str, ...]
    """In the order of codes and of score vectors; of a binary task (negative, positive). Empty for others."""
    columns: tuple[Column, ...]
    """The features that are counted; none without a reference."""
    names: tuple[str, ...]
    """Names of features that come without names, in their order; may be empty."""
    segments: tuple[Slice, ...]
    groups: tuple[Slice, ...]

    @property
    def task(self) -> Task:
        """What the model does."""
        return self.config.model.task

    @property
    def profile_hash(self) -> str:
        """The hash of the reference, or an empty text."""
        return self.profile.hash if self.profile else ""

    @property
    def hash(self) -> str:
        """Tells apart what records and counters mean: two schemes of one hash count the same things."""
        return f"{self.config.hash}{self.profile_hash}"

    @property
    def watched(self) -> tuple[Column, ...]:
        """The columns whose distribution is counted: features, then `@prediction` and `@score`."""
        if self.profile is None:
            return ()
        named = [(FEATURE_SCORE, self.profile.score)] if self.task in CLASSIFICATIONS else []
        if self.task is not Task.RANKING:
            named.insert(0, (FEATURE_PREDICTION, self.profile.prediction))
        extra = [replace(column, name=name) for name, column in named if column is not None]
        return (*self.columns, *extra)

    @property
    def scored_classes(self) -> tuple[str, ...]:
        """The classes whose scores are counted: of a binary task the positive one alone."""
        return self.classes[1:] if self.task is Task.BINARY else self.classes

    @property
    def depths(self) -> tuple[int, ...]:
        """The ranking depths K, each once, ascending."""
        return tuple(sorted(set(self.config.model.ranking_depths)))


def scheme(config: EvaluatorConfig, profile: Profile | None) -> Scheme:
    """Hold a config against its reference.

    Raises
    ------
    SpecInvalid
        With every contradiction: a segment, attribute or class that the reference does not know.
    """
    if problems := sorted(_problems(config, profile)):
        raise SpecInvalid(problems)
    columns = profile.columns if profile else ()
    return Scheme(
        config=config,
        profile=profile,
        classes=_classes(config.model, profile),
        columns=columns,
        names=config.capture.columns.names or tuple(column.name for column in columns),
        segments=_chosen(config.model.segments, profile.segments if profile else ()),
        groups=_chosen(config.model.protected_attributes, profile.groups if profile else ()),
    )


def _known(model: Model, profile: Profile | None) -> tuple[str, ...]:
    """Return the classes of a classification, in the order of score vectors."""
    reference = profile.classes if profile else ()
    return model.classes or reference or (_BINARY if model.task is Task.BINARY else ())


def _classes(model: Model, profile: Profile | None) -> tuple[str, ...]:
    known, positive = _known(model, profile), model.positive_class
    if model.task is Task.BINARY:
        (negative,) = (name for name in known if name != positive)
        return negative, positive
    return known if model.task is Task.MULTICLASS else ()


def _chosen(names: tuple[str, ...], known: tuple[Slice, ...]) -> tuple[Slice, ...]:
    by_name = {one.column: one for one in known}
    return tuple(by_name[name] for name in names)


def _problems(config: EvaluatorConfig, profile: Profile | None) -> Iterator[Problem]:
    model = config.model
    for field, names, slices in (
        ("segments", model.segments, profile.segments if profile else ()),
        ("protectedAttributes", model.protected_attributes, profile.groups if profile else ()),
    ):
        known = {one.column for one in slices}
        for number, name in enumerate(names):
            if name not in known:
                expected = f"one of {', '.join(sorted(known))}" if known else "none: the reference has none"
                remedy = "remove it, or write the reference anew with this column"
                yield Problem(f"model.{field}[{number}]", expected, name, remedy)
    if profile and profile.task not in (None, model.task):
        yield Problem("model.task", f"{profile.task}, as the reference has", model.task)
    if model.task in CLASSIFICATIONS:
        yield from _of_classes(config, profile)


def _of_classes(config: EvaluatorConfig, profile: Profile | None) -> Iterator[Problem]:
    model, known, implied = config.model, _known(config.model, profile), config.labels.implicit
    names, reference = ", ".join(known), profile.classes if profile else ()
    if model.classes and reference and set(model.classes) != set(reference):
        yield Problem("model.classes", ", ".join(reference), names)
    elif not known or (known is _BINARY and model.positive_class not in known):
        yield Problem("model.classes", "the names of the classes", "none", "add them, or a reference")
    elif model.task is Task.BINARY and len(known) != 2:
        yield Problem("model.classes", "two of them", names, "use MulticlassClassification")
    elif model.task is Task.BINARY and model.positive_class not in known:
        yield Problem("model.positiveClass", f"one of {names}", model.positive_class)
    elif implied is not None and implied not in known:
        yield Problem("labels.implicit", f"one of {names}", implied)
