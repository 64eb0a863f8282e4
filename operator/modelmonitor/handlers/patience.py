"""How long to let a monitor rest whose child somebody keeps changing back: a fight must not load the API."""

from collections.abc import Callable

from modelmonitor.cluster.family import ChildKey

FREE_WRITES = 5
CALM = 120.0
"""Seconds without a write after which a fight counts as over."""
LONGEST_REST = 60.0


class Patience:
    """Counts the writes of each child."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._writes: dict[ChildKey, tuple[int, float]] = {}

    def after_write(self, child: ChildKey) -> float:
        """Count a write; return how many seconds the child's monitor should rest: 0 for the first few."""
        now = self._clock()
        count, at = self._writes.pop(child, (0, now))
        count = count + 1 if now - at < CALM else 1
        self._writes[child] = (count, now)
        while now - next(iter(self._writes.values()))[1] >= CALM:  # the table is in the order of the writes
            del self._writes[next(iter(self._writes))]
        return min(LONGEST_REST, 2.0 ** (count - FREE_WRITES)) if count > FREE_WRITES else 0.0
