"""How many series a scheme makes, and why: no config may flood Prometheus unseen."""

from collections.abc import Iterator

from modelmonitor.series import declared, requests
from modelmonitor.series.series import Series
from modelmonitor.wire.scheme import Scheme

_SHOWN = 8
_RUNNING = 1
"""`evaluator_info`."""


def series(scheme: Scheme) -> int:
    """Return how many series one pod exposes at the most."""
    return sum(one.number for one in _all(scheme)) + _RUNNING


def arithmetic(scheme: Scheme) -> list[str]:
    """Tell how that number comes about, a line for each family, the largest first."""
    ordered = sorted(_all(scheme), key=lambda one: (-one.number, one.family.name))
    return [f"{one.family.name}: {one.arithmetic} = {one.number}" for one in ordered]


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


def _all(scheme: Scheme) -> Iterator[Series]:
    yield from requests.declared(scheme.config)
    yield from declared.declared(scheme)
