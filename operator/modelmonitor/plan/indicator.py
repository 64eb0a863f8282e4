"""Indicators: the expressions in which the four kinds of SLI differ."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Objective, Timeslices
from modelmonitor.plan import names, promql, query
from modelmonitor.plan.query import EventQuery, Unit
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import Scope
from modelmonitor.plan.slices import SLICE

FIVE_MINUTES = Duration.parse("5m")


class Indicator(Protocol):
    """What rules need to know of an SLI."""

    @property
    def grouping(self) -> tuple[str, ...] | None:
        """Labels that its series carry beside the identity; None when they cannot be told."""

    @property
    def interval(self) -> Duration | None:
        """How often its rules are evaluated; None leaves it to Prometheus."""

    def sources(self) -> tuple[Recording, ...]:
        """Return what must be recorded before everything else."""

    def error_ratio(self, window: Duration) -> str:
        """Return the share of bad events over a window; no sample without events."""

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
    """

    total: EventQuery
    part: EventQuery
    counts_good: bool
    part_may_be_absent: bool
    scrape_interval: Duration
    identity: Mapping[str, str]

    @property
    def grouping(self) -> tuple[str, ...] | None:
        return self.total.grouping

    @property
    def interval(self) -> Duration | None:
        return None

    def sources(self) -> tuple[Recording, ...]:
        return ()

    def error_ratio(self, window: Duration) -> str:
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
    """Bad minutes out of all minutes that have a measurement."""

    query: str
    bound: str
    good_side: str
    identity: Mapping[str, str]

    @property
    def grouping(self) -> tuple[str, ...] | None:
        return None

    @property
    def interval(self) -> Duration | None:
        return SLICE

    def sources(self) -> tuple[Recording, ...]:
        bad = "<" if self.good_side == "atLeast" else ">"
        measured = f"({self.query})"
        numbers_only = f"({measured} == {measured})"  # NaN equals nothing, and is no slice
        return (Recording(names.BAD_SLICE, f"{numbers_only} {bad} bool {self.bound}", self.identity),)

    def error_ratio(self, window: Duration) -> str:
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
        return f"sum({self.query})"

    def _over(self, function: str, window: Duration) -> str:
        series = promql.selector(names.BAD_SLICE, {names.SLO_ID: self.identity[names.SLO_ID]})
        return f"{function}_over_time({series}[{window}])"


def indicator(
    objective: Objective, identity: Mapping[str, str], scrape_interval: Duration, scope: Scope | None = None
) -> Indicator:
    """Make the indicator of an objective whose queries have been checked."""
    if objective.sli.timeslices:
        return _slices(objective.sli.timeslices, identity)
    total_text, part_text, counts_good, may_be_absent = event_texts(objective)
    total, part = (query.read(it, strict=objective.min_events != 0) for it in (total_text, part_text))
    if part.grouping is None:
        total = replace(total, grouping=None)  # then the labels of both must be the same
    return EventIndicator(total, part, counts_good, may_be_absent, scrape_interval, identity)


def event_texts(objective: Objective) -> tuple[str, str, bool, bool]:
    """Return the total query, that of the part, whether it counts the good, and whether it may be absent."""
    sli = objective.sli
    if sli.availability:
        own = sli.availability
        total, bad = _rate(own.counter, own.selector), _rate(own.counter, own.selector, own.bad_selector)
        return total, bad, False, True
    if sli.latency:
        slow = sli.latency
        good = _rate(f"{slow.histogram}_bucket", slow.selector, _bucket(slow.below))
        return _rate(f"{slow.histogram}_count", slow.selector), good, True, False
    events = sli.events
    if events is None:
        raise TypeError(f"{objective.name}: an indicator of events was asked for time slices")
    return events.total, events.error or events.good or "", events.error is None, True


def _slices(sli: Timeslices, identity: Mapping[str, str]) -> SliceIndicator:
    bound, side = (sli.at_least, "atLeast") if sli.at_most is None else (sli.at_most, "atMost")
    return SliceIndicator(promql.one_line(sli.query), promql.number(bound or 0), side, identity)


def _rate(metric: str, *selectors: str) -> str:
    matchers = ",".join(promql.one_line(selector).rstrip(", ") for selector in selectors)
    return f"sum(rate({metric}{{{matchers}}}[{{{{.window}}}}]))"


def _bucket(bound: Duration) -> str:
    """Match a bucket bound as Go, Python and Prometheus 3 write it: 1 and 1.0 are the same."""
    text = promql.seconds(bound)
    return f'le="{text}"' if "." in text else f'le=~"{text}([.]0)?"'
