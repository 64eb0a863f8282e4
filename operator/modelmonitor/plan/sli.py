"""From what an objective says it measures to its indicator."""

from collections.abc import Mapping
from dataclasses import replace

from modelmonitor.api.duration import Duration
from modelmonitor.api.indicators import Timeslices
from modelmonitor.api.v1alpha1 import Objective
from modelmonitor.plan import counted, promql, query, slices
from modelmonitor.plan.indicator import EventIndicator, Indicator, SliceIndicator
from modelmonitor.plan.scope import Scope


def indicator(
    objective: Objective, identity: Mapping[str, str], scrape_interval: Duration, scope: Scope | None = None
) -> Indicator:
    """Make the indicator of an objective whose queries have been checked.

    Parameters
    ----------
    scope
        The monitor held against its reference, for what evaluators count; None: no evaluator counts.
    """
    if scope and (made := counted.indicator(objective, identity, scope)):
        return made
    if objective.sli.timeslices:
        return _slices(objective.sli.timeslices, identity)
    total_text, part_text, counts_good, may_be_absent = event_texts(objective)
    total, part = (query.read(it, strict=objective.min_events != 0) for it in (total_text, part_text))
    if part.grouping is None:
        total = replace(total, grouping=None)  # then the labels of both must be the same
    return EventIndicator(total, part, counts_good, may_be_absent, scrape_interval, identity)


def event_texts(objective: Objective) -> tuple[str, str, bool, bool]:
    """Return the total query, that of the part, whether it counts the good, and whether it may be absent.

    All of them of the user's own metrics.
    """
    sli = objective.sli
    if sli.availability:
        requests, bad, selector = (
            sli.availability.counter,
            sli.availability.bad_selector,
            sli.availability.selector,
        )
        return _rate(requests, selector), _rate(requests, selector, bad), False, True
    if sli.latency:
        slow = sli.latency
        good = _rate(f"{slow.histogram}_bucket", slow.selector, _bucket(slow.below))
        return _rate(f"{slow.histogram}_count", slow.selector), good, True, False
    events = sli.events
    if events is None:
        raise TypeError(f"{objective.name}: an indicator of events was asked for time slices")
    return events.total, events.error or events.good or "", events.error is None, True


def _slices(sli: Timeslices, identity: Mapping[str, str]) -> SliceIndicator:
    measured = promql.one_line(sli.query)
    return SliceIndicator(measured, slices.beyond(sli), measured, identity)


def _rate(metric: str | None, *selectors: str | None) -> str:
    matchers = ",".join(promql.one_line(selector).rstrip(", ") for selector in selectors if selector)
    return f"sum(rate({metric}{{{matchers}}}[{{{{.window}}}}]))"


def _bucket(bound: Duration) -> str:
    """Match a bucket bound as Go, Python and Prometheus 3 write it: 1 and 1.0 are the same."""
    text = promql.seconds(bound)
    return f'le="{text}"' if "." in text else f'le=~"{text}([.]0)?"'
