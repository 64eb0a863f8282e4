"""Indicators: the expressions in which SLIs of events and of time differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from modelmonitor.api.duration import Duration
from modelmonitor.plan import names, promql
from modelmonitor.plan.query import EventQuery, Unit
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import FIVE_MINUTES
from modelmonitor.plan.slices import SLICE


class Indicator(Protocol):
    """What rules need to know of an SLI."""

    @property
    def grouping(self) -> tuple[str, ...] | None:
        """Labels that its series carry beside the identity; None when they cannot be told."""

    @property
    def interval(self) -> Duration | None:
        """How often its rules are evaluated; None leaves it to Prometheus."""

    @property
    def long_interval(self) -> Duration | None:
        """How often rules over more than six hours are evaluated; None: as often as all others."""

    def rare_value(self) -> tuple[Recording, Duration] | None:
        """Return the record of a measurement that is taken more rarely than it is judged, and how often."""

    def sources(self) -> tuple[Recording, ...]:
        """Return what must be recorded before everything else."""

    def error_ratio(self, window: Duration, *, is_counted: bool = False) -> str:
        """Return the share of bad events over a window; no sample without events.

        Parameters
        ----------
        is_counted
            Whether the guard of this window is recorded before.
        """

    def guard(self, window: Duration) -> Recording | None:
        """Return the record that counts the events of a window, where counting needs one."""

    def events(self, window: Duration) -> str:
        """Return how many events a window holds, with the labels of the error ratio."""

    def total_5m(self) -> str:
        """Return the events of the last five minutes."""

    def good_5m(self) -> str:
        """Return the good events of the last five minutes."""

    def presence(self) -> str:
        """Return an expression that is empty only if nothing is measured at all."""


@dataclass(frozen=True, slots=True)
class EventIndicator:
    """Good or bad events out of all events.

    Attributes
    ----------
    part
        Counts the bad events, or the good ones if `counts_good`.
    part_may_be_absent
        True: no series of `part` means zero. False: it means that nothing is known.
    scrape_interval
        The 5m increments reach back one scrape longer: a range is open on its left, so that the increment
        between the last sample of one range and the first of the next would be lost.
    long_interval
        How often windows of more than six hours are evaluated: reading days of many counters takes its time.
    """

    total: EventQuery
    part: EventQuery
    counts_good: bool
    part_may_be_absent: bool
    scrape_interval: Duration
    identity: Mapping[str, str]
    long_interval: Duration | None = None

    @property
    def grouping(self) -> tuple[str, ...] | None:
        return self.total.grouping

    @property
    def interval(self) -> Duration | None:
        return None

    def rare_value(self) -> None:
        return None

    def sources(self) -> tuple[Recording, ...]:
        return ()

    def error_ratio(self, window: Duration, *, is_counted: bool = False) -> str:
        """Take the share of the recorded events where that is possible: counting them costs as much again."""
        if is_counted and self.grouping is not None:
            share = f"{self.total.scale(window)}{self._part(window)} /{self._on} ({self.events(window)} > 0)"
        else:
            share = f"{self._part(window)} /{self._on} ({self.total.over(window)} > 0)"
        return f"1 - {share}" if self.counts_good else share

    def guard(self, window: Duration) -> Recording:
        return Recording(
            f"{names.TOTAL_INCREASE}{window}",
            f"{self.total.scale(window)}{self.total.over(window)}",
            self.identity,
        )

    def events(self, window: Duration) -> str:
        return promql.selector(f"{names.TOTAL_INCREASE}{window}", {names.SLO_ID: self.identity[names.SLO_ID]})

    def total_5m(self) -> str:
        return f"{self._five_minutes}{self.total.over(self._reach)}"

    def good_5m(self) -> str:
        part = self._part(self._reach)
        if self.counts_good:
            return f"{self._five_minutes}{part}"
        return f"{self._five_minutes}({self.total.over(self._reach)} -{self._on} {part})"

    def presence(self) -> str:
        total = self.total.over(FIVE_MINUTES)
        return total if self.grouping == () else f"sum({total})"

    def _part(self, window: Duration) -> str:
        if not self.part_may_be_absent:
            return self.part.over(window)
        return f"({self.part.over(window)} or 0 * {self.total.over(window)})"

    @property
    def _on(self) -> str:
        return "" if self.grouping is None else f" on ({', '.join(self.grouping)})"

    @property
    def _reach(self) -> Duration:
        """Counted samples tile windows of five minutes exactly; increments need one scrape more."""
        if self.total.unit is Unit.COUNT:
            return FIVE_MINUTES
        return Duration(FIVE_MINUTES.milliseconds + self.scrape_interval.milliseconds)

    @property
    def _five_minutes(self) -> str:
        """The factor that turns a query over the reach into the events of five minutes."""
        if self.total.unit is Unit.INCREASE:
            return f"{promql.seconds(FIVE_MINUTES)} / {promql.seconds(self._reach)} * "
        return self.total.scale(FIVE_MINUTES)


@dataclass(frozen=True, slots=True)
class SliceIndicator:
    """Bad minutes out of all minutes that have a measurement.

    Attributes
    ----------
    measured
        The measurement; without a value a minute is neither good nor bad.
    is_bad
        What makes a value a bad one, such as `< bool 0.8`.
    counted
        What is there whenever anything is measured at all, though it may tell nothing yet.
    grouping
        None: the labels of the measurement cannot be told.
    is_recorded
        The value gets a record of its own, which others read: it is worth evaluating once only.
    value_interval
        How often that is done, where it is dear and changes slowly; by default with every slice.
    """

    measured: str
    is_bad: str
    counted: str
    identity: Mapping[str, str]
    grouping: tuple[str, ...] | None = None
    is_recorded: bool = False
    value_interval: Duration = SLICE

    @property
    def interval(self) -> Duration | None:
        return SLICE

    @property
    def long_interval(self) -> Duration | None:
        return None

    def rare_value(self) -> tuple[Recording, Duration] | None:
        return (self._value(), self.value_interval) if self.value_interval > SLICE else None

    def sources(self) -> tuple[Recording, ...]:
        value = self._own(names.SLICE_VALUE) if self.is_recorded else f"({self.measured})"
        numbers_only = f"({value} == {value})"  # NaN equals nothing, and is no slice
        slices = Recording(names.BAD_SLICE, f"{numbers_only} {self.is_bad}", self.identity)
        is_source = self.is_recorded and not self.rare_value()
        return (self._value(), slices) if is_source else (slices,)

    def error_ratio(self, window: Duration, *, is_counted: bool = False) -> str:
        del is_counted
        return f"{self._over('sum', window)} / {self._over('count', window)}"

    def guard(self, window: Duration) -> None:
        del window  # slices count themselves

    def events(self, window: Duration) -> str:
        return self._over("count", window)

    def total_5m(self) -> str:
        return self._over("count", FIVE_MINUTES)

    def good_5m(self) -> str:
        return f"{self._over('count', FIVE_MINUTES)} - {self._over('sum', FIVE_MINUTES)}"

    def presence(self) -> str:
        return f"sum({self.counted})"

    def _value(self) -> Recording:
        return Recording(names.SLICE_VALUE, self.measured, self.identity)

    def _over(self, function: str, window: Duration) -> str:
        return f"{function}_over_time({self._own(names.BAD_SLICE)}[{window}])"

    def _own(self, record: str) -> str:
        return promql.selector(record, {names.SLO_ID: self.identity[names.SLO_ID]})
