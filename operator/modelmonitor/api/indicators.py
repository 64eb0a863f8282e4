"""The indicators of modelmonitor.dev/v1alpha1: what an objective can measure.

The docstring under a field becomes its description in the CRD.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from modelmonitor.api.across import OneOf, Together
from modelmonitor.api.checks import Between
from modelmonitor.api.drift import DriftOn
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import MetricName, Number, Query, Schema, Selector
from modelmonitor.api.quality import MetricText, QualityWindow


class Availability(Schema):
    """Share of requests that did not fail: of those that pass the evaluator, or by a counter of yours."""

    rules: ClassVar = (
        Together(("counter", "badSelector", "selector"), "leave all out to count what passes the evaluator"),
    )

    counter: MetricName | None = None
    """Name of a counter of requests that the target exposes, for example http_requests_total. Default: the
    evaluator's, for which server errors, timeouts and resets are bad.
    """

    bad_selector: Selector | None = None
    """Label matchers of the failed requests, for example 'code=~"5.."'. Leave caller errors (4xx) out:
    they are not the model's.
    """

    selector: Selector | None = None
    """Label matchers of this model's requests, for example 'job="churn"', so that nobody counts a
    neighbour's.
    """


class Latency(Schema):
    """Share of requests that were fast enough: by the evaluator's clock, or by a histogram of yours."""

    rules: ClassVar = (Together(("histogram", "selector"), "leave both out to use the evaluator's clock"),)

    below: Annotated[Duration, Between.of("1ms", "1d")]
    """A request is good when it took at most this long, from 1ms to 1d; by the evaluator's clock at most 1h;
    of a histogram of yours it must be one of the bucket bounds.
    """

    histogram: MetricName | None = None
    """Name of a histogram that the target exposes, without _bucket, in seconds, for example
    http_request_duration_seconds. Default: the evaluator's own count for this bound.
    """

    selector: Selector | None = None
    """Label matchers of this model's requests, for example 'job="churn"'."""


class Events(Schema):
    """Share of good events from two queries of your own: total, and exactly one of error and good."""

    rules: ClassVar = (OneOf(("error", "good"), "count either the bad or the good events"),)

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

    rules: ClassVar = (OneOf(("atLeast", "atMost"), "say which side of the bound is good"),)

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


class Quality(Schema):
    """Quality of mature, labelled predictions."""

    rules: ClassVar = (OneOf(("atLeast", "atMost"), "say which side of the bound is good", or_none=True),)

    metric: MetricText
    """The metric. Of a share (Accuracy, Precision, Recall, F1, HitRate@K) the objective is its least percent,
    unless a bound is given.
    """

    at_least: Number | None = None
    """A slice of time is good when the metric is at least this, as a share, not in percent; for metrics of
    which more is better. At most one of atLeast and atMost.
    """

    at_most: Number | None = None
    """A slice of time is good when the metric is at most this, in its own unit; for metrics of which less is
    better, such as errors. At most one of atLeast and atMost.
    """

    window: QualityWindow = Duration.parse("1h")
    """With a bound: over which time predictions are measured at each slice, from 12m to 28d. Default 1h."""

    @property
    def is_bounded(self) -> bool:
        """Whether slices of time are good or bad, by a bound, rather than predictions."""
        return not (self.at_least is None and self.at_most is None)


class DriftSli(Schema):
    """Share of minutes without significant drift."""

    on: Annotated[DriftOn, Field(alias="of")]
    """Prediction: the prediction and its score. Features: all features. (`on` is a truth value to YAML.)"""


class Sli(Schema):
    """The indicator of an objective: exactly one of its fields."""

    rules: ClassVar = (
        OneOf(
            ("availability", "latency", "events", "timeslices", "quality", "drift"),
            "one objective measures one thing",
        ),
    )

    availability: Availability | None = None
    """Share of requests that did not fail."""

    latency: Latency | None = None
    """Share of requests that were fast enough."""

    events: Events | None = None
    """Share of good events, from your own queries."""

    timeslices: Timeslices | None = None
    """Share of good minutes, from your own measurement."""

    quality: Quality | None = None
    """Share of good predictions, or of time with good quality."""

    drift: DriftSli | None = None
    """Share of minutes without significant drift."""
