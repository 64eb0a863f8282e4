"""How many series a scheme makes, and why: no config may flood Prometheus unseen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from modelmonitor.series import declared, requests
from modelmonitor.series.series import Series
from modelmonitor.wire.config import Model
from modelmonitor.wire.scheme import Scheme

_SHOWN = 8
_RUNNING = 1
"""`evaluator_info`."""
_FEATURES = 3
"""So many features, those of the most cells, are worth naming."""
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Saving:
    """What could be left out, and how many series fewer that would be."""

    what: str
    series: int


def series(scheme: Scheme) -> int:
    """Return how many series one pod exposes at the most."""
    return sum(one.number for one in _all(scheme)) + _RUNNING


def arithmetic(scheme: Scheme) -> list[str]:
    """Tell how that number comes about, a line for each family, the largest first."""
    ordered = sorted(_all(scheme), key=lambda one: (-one.number, one.family.name))
    return [f"{one.family.name}: {one.arithmetic} = {one.number}" for one in ordered]


def savings(scheme: Scheme) -> list[Saving]:
    """Name what could be left out of a scheme, each by itself, that which saves most first."""
    whole = series(scheme)
    found = [Saving(what, whole - series(without)) for what, without in _without(scheme)]
    return sorted((one for one in found if one.series > 0), key=lambda one: (-one.series, one.what))


def complaint(scheme: Scheme) -> str:
    """Say by how much, and by what, the budget is exceeded; an empty text if it is not."""
    wanted, allowed = series(scheme), scheme.config.max_series
    if wanted <= allowed:
        return ""
    lines = arithmetic(scheme)
    rest = wanted - sum(one.number for one in sorted(_all(scheme), key=lambda one: -one.number)[:_SHOWN])
    head = (
        f"maxSeries: expected at most {allowed} series, got {wanted}; allow them, or name fewer columns, "
        "segments, groups or classes"
    )
    return "\n".join([head, *(f"  {line}" for line in lines[:_SHOWN]), f"  all others: {rest}"])


def _without(scheme: Scheme) -> Iterator[tuple[str, Scheme]]:
    for one in scheme.segments:
        what = f"segment {_shown(one.column)} of {len(one.values)} values"
        yield what, replace(scheme, segments=tuple(it for it in scheme.segments if it is not one))
    for one in scheme.groups:
        what = f"attribute {_shown(one.column)} of {len(one.values)} values"
        yield what, replace(scheme, groups=tuple(it for it in scheme.groups if it is not one))
    yield f"the {len(scheme.columns)} features together", replace(scheme, columns=())
    for column in sorted(scheme.columns, key=lambda it: -len(it.counts))[:_FEATURES]:
        what = f"feature {_shown(column.name)} of {len(column.counts)} cells"
        yield what, replace(scheme, columns=tuple(it for it in scheme.columns if it is not column))
    yield "all thresholds", _of_model(scheme, replace(scheme.config.model, thresholds=()))
    depths = replace(scheme.config.model, ranking_depths=scheme.depths[-1:])
    yield "all ranking depths but the last", _of_model(scheme, depths)


def _of_model(scheme: Scheme, model: Model) -> Scheme:
    return replace(scheme, config=replace(scheme.config, model=model))


def _shown(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _all(scheme: Scheme) -> Iterator[Series]:
    yield from requests.declared(scheme.config)
    yield from declared.declared(scheme)
