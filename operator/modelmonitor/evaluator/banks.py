"""Counters of the current scheme, and of older ones whose predictions still wait for their truth."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from modelmonitor import __version__
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.defects import Defects
from modelmonitor.evaluator.loading import Loaded
from modelmonitor.evaluator.loss import Loss
from modelmonitor.evaluator.records import Cohort
from modelmonitor.evaluator.scheme import Scheme

GRACE_SECONDS = 3600.0
"""How long counters of an older scheme stay after the last of its predictions must have matured."""
UNSEEN_SECONDS = 120.0
"""How long truth is held back from series that nobody has scraped: one that appears late loses its start."""
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Older:
    counters: Counters
    until: float
    held_until: float
    held: list[Cohort] = field(default_factory=list)


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
            self._keep(old.scheme, old, now, seen=True)
        if scheme is not None and (older := self._older.pop(scheme.hash, None)):
            self._count(new, older.held)

    def matured(self, scheme: Scheme, cohort: Cohort, now: float) -> None:
        """Count truth under the scheme that its predictions were seen with, be it another replica's."""
        if self.current.scheme is not None and self.current.scheme.hash == scheme.hash:
            self._count(self.current, [cohort])
            return
        older = self._older.get(scheme.hash)
        if older is None:
            older = self._keep(scheme, Counters(scheme, self._version, __version__), now, seen=False)
        if now < older.held_until:
            older.held.append(cohort)
        else:
            self._count_older(older, [cohort])

    def scraped(self) -> None:
        """Take note that all series have been seen: what was held back may be counted."""
        for older in self._older.values():
            older.held_until = 0.0

    def tidy(self, now: float) -> None:
        """Count what need not be held back any more, and forget counters that nothing can change any more."""
        for older in self._older.values():
            if now >= older.held_until and older.held:
                held, older.held = older.held, []
                self._count_older(older, held)
        for hash_ in [hash_ for hash_, older in self._older.items() if now >= older.until]:
            forgotten = self._older.pop(hash_)
            for one in self.every():  # what others tell as well must not fall
                one.adopt(forgotten.counters)

    def _count_older(self, older: _Older, cohorts: Iterable[Cohort]) -> None:
        self._count(older.counters, cohorts)
        self.current.adopt(older.counters)

    def _count(self, counters: Counters, cohorts: Iterable[Cohort]) -> None:
        for cohort in cohorts:
            try:
                counters.matured(cohort)
            except Exception:  # noqa: BLE001 - a defect of ours must not stop what else matures
                counters.lost(Loss.INTERNAL, len(cohort.records))
                self._defects.log("matured predictions could not be counted")

    def _keep(self, scheme: Scheme, counters: Counters, now: float, *, seen: bool) -> _Older:
        until = now + scheme.config.labels.maturity_seconds + GRACE_SECONDS
        older = _Older(counters, until, 0.0 if seen else now + UNSEEN_SECONDS)
        self._older[scheme.hash] = older
        return older
