"""All counters of one scheme, behind one door."""

import numpy as np
from numpy.typing import ArrayLike

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.evaluator.counters.predictions import Predictions
from modelmonitor.evaluator.counters.quality import Quality
from modelmonitor.evaluator.counters.traffic import Traffic
from modelmonitor.evaluator.records import Cohort, Records
from modelmonitor.evaluator.rows import Rows
from modelmonitor.series import declared, requests
from modelmonitor.series.series import Axis, Series
from modelmonitor.wire import families
from modelmonitor.wire.config import EvaluatorConfig
from modelmonitor.wire.families import Family
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

_LOSSES = {loss: place for place, loss in enumerate(Loss)}
_OUTCOMES = {outcome: place for place, outcome in enumerate(declared.LABEL_OUTCOMES)}


class Counters:
    """Counts what happens under one scheme; without one, requests only."""

    def __init__(
        self,
        scheme: Scheme | None,
        version: str,
        release: str,
        state: str = "",
        refused: EvaluatorConfig | None = None,
    ) -> None:
        """Start at 0.

        Parameters
        ----------
        scheme
            What is counted.
        version, release
            Of the model, and of the evaluator.
        state
            Label of `evaluator_info`; by default `counting`, or `unconfigured` without a scheme.
        refused
            The config that cannot be counted by, such as one over its budget: it still names the monitor and
            its latency thresholds.
        """
        config = scheme.config if scheme else refused
        common = {"monitor": config.monitor if config else "", "version": version}
        every = (*requests.declared(config), *(declared.declared(scheme) if scheme else ()))
        self.scheme, self.config = scheme, config
        self.version, self.release = version, release
        self.state = state or ("counting" if scheme else "unconfigured")
        info = {
            "config": config.hash if config else "",
            "profile": _profile(scheme),
            "state": self.state,
            "release": release,
        }
        self.bank = Bank((*every, _info(info)), common, _profile(scheme))
        self.traffic = Traffic(self.bank, requests.thresholds(config))
        self._predictions = Predictions(self.bank, scheme) if scheme else None
        self._quality = Quality(self.bank, scheme) if scheme else None

    def predicted(self, rows: Rows) -> Records:
        """Count predictions and return what is kept of them until their truth is known."""
        if self._predictions is None:
            raise RuntimeError("counters: expected a scheme to read predictions by, got none")
        return self._predictions.count(rows)

    def matured(self, cohort: Cohort) -> None:
        """Count predictions whose maturity has passed, labelled or not."""
        if self._quality is None:
            raise RuntimeError("counters: expected a scheme to judge predictions by, got none")
        self._quality.count(cohort)

    def lost(self, reason: Loss, count: int = 1) -> None:
        """Count predictions, or exchanges of unknown size, that cannot be counted otherwise."""
        self.bank[families.DROPPED][_LOSSES[reason]] += count

    def labelled(self, outcome: str, count: int = 1) -> None:
        """Count labels by what became of them."""
        if families.LABELS in self.bank:
            self.bank[families.LABELS][_OUTCOMES[outcome]] += count

    def lag(self, seconds: ArrayLike) -> None:
        """Count how long after their predictions labels came; clocks that disagree make no negative time."""
        if families.LABEL_LAG in self.bank:
            waited = np.maximum(np.atleast_1d(np.asarray(seconds, dtype=np.float64)), 0.0)
            cells = self.bank[families.LABEL_LAG]
            cells += np.searchsorted(np.sort(waited), (*declared.LAG_EDGES, np.inf), side="right")
            self.bank.sums(families.LABEL_LAG)[0] += waited.sum()

    def store_failed(self, calls: int = 1) -> None:
        """Count calls to the label store that failed."""
        if families.STORE_ERRORS in self.bank:
            self.bank[families.STORE_ERRORS][0] += calls

    def gauge(self, family: Family, value: float) -> None:
        """Set a gauge, where it belongs to what is counted here."""
        if family in self.bank:
            self.bank[family][0] = value

    def adopt(self, old: "Counters") -> None:
        """Go on from what another one has counted in the same series, which it gives up."""
        old.traffic.fold()
        self.bank.take(old.bank)

    def scraped(self) -> None:
        """Take note that somebody has read everything."""
        if self._quality is not None:
            self._quality.scraped()


def _profile(scheme: Scheme | None) -> str:
    return scheme.profile_hash if scheme else ""


def _info(labels: dict[str, str]) -> Series:
    axis = Axis("states", tuple(labels), (tuple(labels.values()),))
    return Series(families.INFO, (axis,), constant=(1.0,))
