"""What config and reference say together: classes, features, slices; one for all parts."""

from collections.abc import Iterator
from dataclasses import dataclass

from modelmonitor.errors import Problem, SpecInvalid
from modelmonitor.wire.config import EvaluatorConfig, Task
from modelmonitor.wire.profile import Column, Profile, Slice


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
        classes=_classes(config, profile),
        columns=columns,
        names=config.capture.columns.names or tuple(column.name for column in columns),
        segments=_chosen(config.model.segments, profile.segments if profile else ()),
        groups=_chosen(config.model.protected_attributes, profile.groups if profile else ()),
    )


def _classes(config: EvaluatorConfig, profile: Profile | None) -> tuple[str, ...]:
    model = config.model
    known = model.classes or (profile.classes if profile else ())
    if model.task is Task.MULTICLASS:
        return known
    if model.task is not Task.BINARY:
        return ()
    negative = [name for name in known if name != model.positive_class]
    return (negative[0] if negative else "0" if model.positive_class != "0" else "1", model.positive_class)


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
    if profile is None:
        if model.task is Task.MULTICLASS and not model.classes:
            yield Problem("model.classes", "the names of the classes", "none", "add them, or a reference")
        return
    if profile.task not in (None, model.task):
        yield Problem("model.task", f"{profile.task}, as the reference has", model.task)
    if model.task is Task.BINARY and profile.classes and model.positive_class not in profile.classes:
        yield Problem("model.positiveClass", f"one of {', '.join(profile.classes)}", model.positive_class)
    if model.classes and profile.classes and set(model.classes) != set(profile.classes):
        yield Problem("model.classes", ", ".join(profile.classes), ", ".join(model.classes))
