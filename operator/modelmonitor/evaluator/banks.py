"""Counters of the current scheme, and of older ones whose predictions still wait for their truth."""

import logging
from dataclasses import dataclass

from modelmonitor import __version__
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.defects import Defects
from modelmonitor.evaluator.loading import Loaded
from modelmonitor.evaluator.records import Cohort
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

GRACE_SECONDS = 3600.0
"""How long counters of an older scheme stay after the last of its predictions must have matured."""
UNSEEN_SECONDS = 120.0
"""How long truth is hidden from series that nobody has scraped: one that appears late loses its start."""
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Older:
    counters: Counters
    """What a scrape shows."""
    until: float
    hidden: Counters | None = None
    """What is counted before the others were seen at 0."""
    hidden_until: float = 0.0


class Banks:
    """One set of counters for each scheme; `current` counts what comes in."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._older: dict[str, _Older] = {}
        self._defects = Defects(logger)
        self.current = Counters(None, version, __version__)

    def every(self) -> list[Counters]:
        """Return the current counters, then older ones: what a scrape shows."""
        return [self.current, *(one.counters for one in self._older.values())]

    def use(self, scheme: Scheme | None, loaded: Loaded, now: float) -> None:
        """Count under another scheme from now on; series that stay what they are go on."""
        new = Counters(scheme, self._version, __version__, loaded.state, loaded.refused)
        for one in self.every():
            new.adopt(one)
        old, self.current = self.current, new
        if old.scheme is not None and (scheme is None or scheme.hash != old.scheme.hash):
            self._older[old.scheme.hash] = _Older(old, _until(old.scheme, now))
        if scheme is not None and (older := self._older.pop(scheme.hash, None)) and older.hidden:
            new.adopt(older.hidden)

    def matured(self, scheme: Scheme, cohort: Cohort, now: float) -> None:
        """Count truth under the scheme that its predictions were seen with, be it another replica's."""
        if self.current.scheme is not None and self.current.scheme.hash == scheme.hash:
            self._count(self.current, cohort)
            return
        if scheme.hash not in self._older:
            shown, hidden = (Counters(scheme, self._version, __version__) for _ in range(2))
            self._older[scheme.hash] = _Older(shown, _until(scheme, now), hidden, now + UNSEEN_SECONDS)
        older = self._older[scheme.hash]
        if older.hidden and now < older.hidden_until:
            self._count(older.hidden, cohort)
        else:
            self._count(older.counters, cohort)
            self._show(older)

    def scraped(self) -> None:
        """Take note that all series have been seen: what was hidden may be shown."""
        for older in self._older.values():
            older.hidden_until = 0.0

    def tidy(self, now: float) -> None:
        """Show what need not be hidden any more, and forget counters that nothing can change any more."""
        for older in self._older.values():
            if older.hidden and now >= older.hidden_until:
                self._show(older)
        for hash_ in [hash_ for hash_, older in self._older.items() if now >= older.until]:
            forgotten = self._older.pop(hash_)
            for one in self.every():  # what others tell as well must not fall
                one.adopt(forgotten.counters)

    def _show(self, older: _Older) -> None:
        if older.hidden:
            older.counters.adopt(older.hidden)
            older.hidden = None
        self.current.adopt(older.counters)

    def _count(self, counters: Counters, cohort: Cohort) -> None:
        try:
            counters.matured(cohort)
        except Exception:  # noqa: BLE001 - a defect of ours must not stop what else matures
            counters.lost(Loss.INTERNAL, len(cohort.records))
            self._defects.log("matured predictions could not be counted")


def _until(scheme: Scheme, now: float) -> float:
    return now + scheme.config.labels.maturity_seconds + GRACE_SECONDS
