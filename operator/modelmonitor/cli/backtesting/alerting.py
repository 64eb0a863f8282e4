"""When an alert fires: `for` and `keep_firing_for`, exactly as Prometheus holds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Labels = tuple[tuple[str, str], ...]
"""Of an alert, sorted: one alert for each."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A time in which one alert fired.

    Attributes
    ----------
    since
        When its expression began to yield something, in milliseconds.
    start, end
        The evaluation from which it fired, and the first at which it did not; None: until the end.
    value, lowest, highest
        Of its expression: when it began to fire, and between both ends.
    """

    labels: Labels
    since: int
    start: int
    end: int | None
    value: float
    lowest: float
    highest: float


@dataclass(slots=True)
class _Active:
    """An alert that waits or fires."""

    since: int
    start: int | None = None
    kept_since: int | None = None
    value: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0

    def see(self, value: float) -> None:
        self.lowest, self.highest = min(self.lowest, value), max(self.highest, value)


class Alerting:
    """Goes through the evaluations of one rule, in order."""

    def __init__(self, hold: int, keep: int) -> None:
        """Hold and keep so many milliseconds."""
        self._hold, self._keep = hold, keep
        self._active: dict[Labels, _Active] = {}
        self.episodes: list[Episode] = []

    def evaluate(self, moment: int, found: Mapping[Labels, float]) -> None:
        """Take what the expression yields at a moment."""
        for labels in [labels for labels in self._active if labels not in found]:
            self._miss(labels, moment)
        for labels, value in found.items():
            active = self._active.setdefault(labels, _Active(moment))
            active.kept_since = None
            if active.start is None and moment - active.since >= self._hold:
                active.start = moment
                active.value = active.lowest = active.highest = value
            elif active.start is not None:
                active.see(value)

    def finish(self) -> Sequence[Episode]:
        """Return all episodes in the order of their starts; those that still fire have no end."""
        for labels in list(self._active):
            self._close(labels, None)
        return sorted(self.episodes, key=lambda one: (one.start, one.labels))

    def _miss(self, labels: Labels, moment: int) -> None:
        active = self._active[labels]
        if active.start is not None and self._keep:
            active.kept_since = moment if active.kept_since is None else active.kept_since
            if moment - active.kept_since < self._keep:
                return
        self._close(labels, moment)

    def _close(self, labels: Labels, moment: int | None) -> None:
        active = self._active.pop(labels)
        if active.start is not None:
            self.episodes.append(
                Episode(
                    labels, active.since, active.start, moment, active.value, active.lowest, active.highest
                )
            )
