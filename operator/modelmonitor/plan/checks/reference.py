"""Whether a monitor and its reference fit: what needs one, what contradicts it, what is too much of it."""

from collections.abc import Iterator
from dataclasses import replace

from modelmonitor.api import ModelMonitor
from modelmonitor.errors import Problem, SpecInvalid
from modelmonitor.plan import evaluation
from modelmonitor.wire import reading
from modelmonitor.wire.config import EvaluatorConfig, Task
from modelmonitor.wire.profile import Profile, Slice
from modelmonitor.wire.scheme import Scheme

_TIMED = "latencyThresholds"
"""Bounds of objectives, which are checked where users write them; all else has the names of the spec."""
FIELD = "spec.reference.configMapRef"
MOST_FEATURES, MOST_VALUES = 500, 20
_SERIES_OF_A_CELL, _SERIES_OF_A_FEATURE = 2, 4
"""A cell is counted live and told of the reference; a feature has what is missing and what is wrong."""


def scheme(monitor: ModelMonitor, profile: Profile | None, problems: list[Problem]) -> Scheme | None:
    """Hold a monitor against its reference; None where that is impossible, and then the problems say why."""
    lacking = list(_lacking(monitor))
    problems += lacking
    if monitor.spec.reference and profile is None:
        name = monitor.spec.reference.config_map_ref.name
        expected = f"the profile in ConfigMap {name} of namespace {monitor.namespace}"
        remedy = "write it with `modelmonitor profile` and give its file, too, or with --reference"
        problems.append(Problem(FIELD, expected, "none", remedy))
        return None
    if not (evaluation.is_evaluated(monitor) or monitor.spec.business):
        return None
    if profile:
        problems += _sizes(monitor, profile)
    told = {problem.path for problem in lacking}
    found, contradictions = _held(monitor, profile)
    problems += [it for it in contradictions if not any(it.path.startswith(path) for path in told)]
    return None if lacking else found


def _lacking(monitor: ModelMonitor) -> Iterator[Problem]:
    """Yield what asks for a comparison, if there is nothing to compare with."""
    spec = monitor.spec
    asked = {
        "spec.drift": spec.drift,
        "spec.degradation": spec.degradation,
        "spec.dataQuality": spec.data_quality,
        "spec.fairness": spec.fairness,
        "spec.model.segments": spec.model.segments,
        "spec.model.protectedAttributes": spec.model.protected_attributes,
    }
    for path, block in asked.items():
        if block and not spec.reference:
            remedy = "write one with `modelmonitor profile` and name it in spec.reference.configMapRef"
            yield Problem(path, "a reference to compare with", "none", remedy)


def _held(monitor: ModelMonitor, profile: Profile | None) -> tuple[Scheme | None, list[Problem]]:
    """Read the evaluators' config as they do, then hold it against the reference."""
    try:
        reading.read(EvaluatorConfig, reading.write(evaluation.config(monitor)))
        return evaluation.evaluated(monitor, profile), list(_implied(monitor))
    except SpecInvalid as invalid:
        problems = [it for it in invalid.problems if not it.path.startswith(_TIMED)]
        return None, [replace(it, path=f"spec.{it.path}") for it in problems]


def _implied(monitor: ModelMonitor) -> Iterator[Problem]:
    labels = monitor.spec.labels
    if monitor.spec.model.task is not Task.REGRESSION or labels is None or labels.implicit is None:
        return
    try:
        float(labels.implicit)
    except ValueError:
        yield Problem("spec.labels.implicit", "a number, as a regression predicts", repr(labels.implicit))


def _sizes(monitor: ModelMonitor, profile: Profile) -> Iterator[Problem]:
    if (features := len(profile.columns)) > MOST_FEATURES:
        cells = sum(len(column.counts) for column in profile.columns)
        series = _SERIES_OF_A_CELL * cells + _SERIES_OF_A_FEATURE * features
        got = (
            f"{features:,} with {cells:,} cells: {_SERIES_OF_A_CELL} x {cells:,} + {_SERIES_OF_A_FEATURE} x "
            f"{features:,} = {series:,} series a pod"
        )
        remedy = "write it anew with --exclude, or with the features that matter"
        yield Problem(FIELD, f"a reference of at most {MOST_FEATURES} features", got, remedy)
    model = monitor.spec.model
    yield from _values("spec.model.segments", model.segments, profile.segments)
    yield from _values("spec.model.protectedAttributes", model.protected_attributes, profile.groups)


def _values(path: str, names: tuple[str, ...], known: tuple[Slice, ...]) -> Iterator[Problem]:
    values = {one.column: len(one.values) for one in known}
    for position, name in enumerate(names):
        if (many := values.get(name, 0)) > MOST_VALUES:
            got = f"{many:,} of {name}: with all others, {many + 1:,} times the series of the whole"
            remedy = "write the reference with fewer, the rest counts as one"
            yield Problem(f"{path}[{position}]", f"a column of at most {MOST_VALUES} values", got, remedy)
