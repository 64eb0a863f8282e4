"""The indicators of modelmonitor.dev/v1alpha1: what an objective can measure.

The docstring under a field becomes its description in the CRD.
"""

from typing import Annotated, ClassVar

from modelmonitor.api.checks import Between, OneOf
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import MetricName, Number, Query, Schema, Selector


class Availability(Schema):
    """Share of requests that did not fail, from a counter of requests that the target already exposes."""

    counter: MetricName
    """Name of the counter of requests, for example http_requests_total."""

    bad_selector: Selector
    """Label matchers of the failed requests, for example 'code=~"5.."'. Leave caller errors (4xx) out:
    they are not the model's.
    """

    selector: Selector
    """Label matchers of this model's requests, for example 'job="churn"'; required, so that nobody counts
    a neighbour's.
    """


class Latency(Schema):
    """Share of requests that were fast enough, from a classic histogram that the target already exposes."""

    below: Annotated[Duration, Between.of("1ms", "1d")]
    """A request is good when it took at most this long, from 1ms to 1d; must be one of the histogram's
    bucket bounds.
    """

    histogram: MetricName
    """Name of the histogram without _bucket, in seconds, for example http_request_duration_seconds."""

    selector: Selector
    """Label matchers of this model's requests, for example 'job="churn"'."""


class Events(Schema):
    """Share of good events from two queries of your own: total, and exactly one of error and good."""

    one_of: ClassVar = OneOf(("error", "good"), "count either the bad or the good events")

    error: Query | None = None
    """PromQL that counts bad events: sum(...) or sum by (...) (...) over [{{.window}}]. No series means
    no bad events.
    """

    good: Query | None = None
    """PromQL that counts good events, in the same form. No series means that no event was good."""

    total: Query
    """PromQL that counts all events, with the same grouping as error or good."""


class Timeslices(Schema):
    """Share of one-minute slices in which a measurement is on the good side of its bound."""

    one_of: ClassVar = OneOf(("atLeast", "atMost"), "say which side of the bound is good")

    query: Query
    """PromQL of the measurement. A slice without a value counts neither as good nor as bad."""

    at_least: Number | None = None
    """A slice is good when the measurement is at least this, in the query's own unit. Exactly one of
    atLeast and atMost.
    """

    at_most: Number | None = None
    """A slice is good when the measurement is at most this, in the query's own unit. Exactly one of
    atLeast and atMost.
    """


class Sli(Schema):
    """The indicator of an objective: exactly one of availability, latency, events and timeslices."""

    one_of: ClassVar = OneOf(
        ("availability", "latency", "events", "timeslices"), "one objective measures one thing"
    )

    availability: Availability | None = None
    """Share of requests that did not fail."""

    latency: Latency | None = None
    """Share of requests that were fast enough."""

    events: Events | None = None
    """Share of good events, from your own queries."""

    timeslices: Timeslices | None = None
    """Share of good minutes, from your own measurement."""
