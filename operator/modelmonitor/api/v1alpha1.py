"""The kind `ModelMonitor` of modelmonitor.dev/v1alpha1: what a user can ask for.

The docstring under a field becomes its description in the CRD.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import (
    MetricName,
    MinEvents,
    Name,
    Number,
    Percentage,
    Query,
    Schema,
    Selector,
    ShortText,
    problem,
)


class Task(StrEnum):
    """What kind of prediction the model makes."""

    BINARY = "BinaryClassification"
    MULTICLASS = "MulticlassClassification"
    REGRESSION = "Regression"
    RANKING = "Ranking"


class Severity(StrEnum):
    """How loud an alert is: critical pages a person, warning is for working hours, info is for the record."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class RulesOutput(StrEnum):
    """The kind of object that carries the rules."""

    PROMETHEUS_RULE = "PrometheusRule"
    CONFIG_MAP = "ConfigMap"


class DashboardKind(StrEnum):
    """The audience of a dashboard."""

    EXECUTIVE = "Executive"
    TECHNICAL = "Technical"


class TargetRef(Schema):
    """The workload that serves the model, in the monitor's own namespace."""

    api_version: ShortText = "apps/v1"
    """API version of the workload. Default apps/v1, because most models are Deployments."""

    kind: Annotated[str, StringConstraints(min_length=1, max_length=63, pattern="^[A-Z][A-Za-z0-9]*$")] = "Deployment"
    """Kind of the workload. Default Deployment."""

    name: ShortText
    """Name of the workload, in the namespace of the monitor."""


class Model(Schema):
    """What the model predicts."""

    task: Task
    """Kind of prediction; required, because it decides which quality measures have a meaning."""


class Availability(Schema):
    """Share of requests that did not fail, from a counter of requests that the target already exposes."""

    counter: MetricName
    """Name of the counter of requests, for example http_requests_total."""

    bad_selector: Selector
    """Label matchers of the failed requests, for example 'code=~"5.."'. Leave caller errors (4xx) out: they are not the model's."""

    selector: Selector
    """Label matchers of this model's requests, for example 'job="churn"'; required, so that nobody counts a neighbour's."""


class Latency(Schema):
    """Share of requests that were answered fast enough, from a classic histogram that the target already exposes."""

    below: Duration
    """A request is good when it took at most this long; must be one of the histogram's bucket bounds."""

    histogram: MetricName
    """Name of the histogram without _bucket, in seconds, for example http_request_duration_seconds."""

    selector: Selector
    """Label matchers of this model's requests, for example 'job="churn"'."""


class Events(Schema):
    """Share of good events from two queries of your own; exactly one of error and good beside total."""

    error: Query | None = None
    """PromQL that counts bad events: sum(...) or sum by (...) (...) over [{{.window}}]. No series means no bad events."""

    good: Query | None = None
    """PromQL that counts good events, in the same form. No series means that no event was good."""

    total: Query
    """PromQL that counts all events, with the same grouping as error or good."""

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.error is None) == (self.good is None):
            raise problem("exactly one of error and good", "count either the bad or the good events")
        return self


class Timeslices(Schema):
    """Share of one-minute slices in which a measurement is on the good side of a bound; exactly one of atLeast and atMost."""

    query: Query
    """PromQL of the measurement. A slice without a value counts neither as good nor as bad."""

    at_least: Number | None = None
    """A slice is good when the measurement is at least this, in the query's own unit."""

    at_most: Number | None = None
    """A slice is good when the measurement is at most this, in the query's own unit."""

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise problem("exactly one of atLeast and atMost", "say which side of the bound is good")
        return self


class Sli(Schema):
    """The indicator of an objective: exactly one of availability, latency, events and timeslices."""

    availability: Availability | None = None
    """Share of requests that did not fail."""

    latency: Latency | None = None
    """Share of requests that were fast enough."""

    events: Events | None = None
    """Share of good events, from your own queries."""

    timeslices: Timeslices | None = None
    """Share of good minutes, from your own measurement."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise problem(
                "exactly one of availability, latency, events and timeslices",
                f"it has {' and '.join(given) or 'none'}; one objective measures one thing",
            )
        return self


class BurnPair(Schema):
    """One burn-rate alert: it fires when the budget burns too fast over a long and a short window together."""

    name: Name
    """Name of the pair, unique in the objective; the alert carries it as the label pair."""

    factor: Annotated[Number, Field(gt=0, le=100_000)] | None = None
    """How many times faster than sustainable the budget burns when the alert fires. Exactly one of factor and budgetShare."""

    budget_share: Percentage | None = None
    """Share of the period's budget that may burn within the long window, such as 2%; the factor follows from it."""

    long: Duration
    """Long window; the short one is a twelfth of it."""

    for_: Annotated[Duration, Field(alias="for")] = Duration(0)
    """How long both windows must burn before the alert fires. Default 0s."""

    severity: Severity
    """Severity of the alert."""

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.factor is None) == (self.budget_share is None):
            raise problem("exactly one of factor and budgetShare", "the other one follows from the window")
        return self


class Objective(Schema):
    """One service level objective of the model, with its error budget and burn-rate alerts."""

    name: Name
    """Name of the objective, unique in the monitor: a DNS label of at most 40 characters."""

    objective: Annotated[Number, Field(gt=0, lt=100)]
    """Percent of good events (or slices) over the window, above 0 and below 100: at 100 there is no budget to spend."""

    window: Duration = Duration.parse("30d")
    """Period of the error budget, rolling. Default 30d, because it covers four weekends; under 7d needs explicit pairs."""

    min_events: MinEvents = "Auto"
    """Fewest events in the long window for an alert. Default Auto: one bad event alone can never fire; 0 switches the guard off."""

    pairs: Annotated[tuple[BurnPair, ...], Field(min_length=1, max_length=5)] | None = None
    """Burn-rate alerts. Default: four pairs (page-quick, page-slow, ticket-quick, ticket-slow), adapted to the objective."""

    sli: Sli
    """What is measured."""

    @field_validator("window")
    @classmethod
    def _window_in_range(cls, window: Duration) -> Duration:
        if not Duration.parse("1h") <= window <= Duration.parse("92d"):
            raise problem("a window from 1h to 92d", "choose 30d unless you have a reason")
        return window

    @field_validator("pairs")
    @classmethod
    def _pairs_are_named_apart(cls, pairs: tuple[BurnPair, ...] | None) -> tuple[BurnPair, ...] | None:
        _named_apart("pair", [pair.name for pair in pairs or ()])
        return pairs


class Prometheus(Schema):
    """How the rules reach Prometheus."""

    labels: Annotated[Mapping[Annotated[str, Field(max_length=317)], Annotated[str, Field(max_length=63)]], Field(max_length=20)] = {}
    """Labels that your Prometheus selects rules by, such as release: kube-prometheus-stack. Default: those of the operator's settings."""

    output: RulesOutput = RulesOutput.PROMETHEUS_RULE
    """Kind of the object that carries the rules. Default PrometheusRule; ConfigMap where prometheus-operator is absent."""

    scrape_interval: Duration = Duration.parse("30s")
    """How often the target is scraped; windows and the low-traffic guard depend on it. Default 30s."""

    url: Annotated[str, StringConstraints(max_length=2048, pattern="^https?://")] | None = None
    """Address of the Prometheus that holds this model's series. Default: the operator's."""

    @field_validator("scrape_interval")
    @classmethod
    def _interval_in_range(cls, interval: Duration) -> Duration:
        if not Duration.parse("1s") <= interval <= Duration.parse("5m"):
            raise problem("a scrape interval from 1s to 5m", "write what your scrape configuration says")
        return interval


class Dashboards(Schema):
    """Grafana dashboards, as ConfigMaps for the dashboard sidecar."""

    kinds: Annotated[tuple[DashboardKind, ...], Field(min_length=1, max_length=2)] = tuple(DashboardKind)
    """Audiences to make a dashboard for. Default: all."""

    folder: Annotated[str, StringConstraints(min_length=1, max_length=63, pattern="^[^/\\\\.][^/\\\\]*$")] | None = None
    """Grafana folder of the dashboards. Default: the sidecar's own."""

    @field_validator("kinds")
    @classmethod
    def _kinds_are_apart(cls, kinds: tuple[DashboardKind, ...]) -> tuple[DashboardKind, ...]:
        _named_apart("dashboard", list(kinds))
        return kinds


class ModelMonitorSpec(Schema):
    """What to watch and what to promise."""

    suspend: bool = False
    """True: the operator writes nothing; rules and dashboards stay as they are. Default false."""

    target_ref: TargetRef
    """The workload that serves the model."""

    model: Model
    """What the model predicts."""

    objectives: Annotated[tuple[Objective, ...], Field(max_length=50)] = ()
    """Service level objectives, at most 50, with unique names."""

    prometheus: Prometheus = Prometheus()
    """How the rules reach Prometheus."""

    dashboards: Dashboards | None = None
    """Grafana dashboards; left out: none."""

    @field_validator("objectives")
    @classmethod
    def _objectives_are_named_apart(cls, objectives: tuple[Objective, ...]) -> tuple[Objective, ...]:
        _named_apart("objective", [objective.name for objective in objectives])
        return objectives


@dataclass(frozen=True, slots=True)
class ModelMonitor:
    """One parsed monitor: its identity in the cluster and its spec."""

    namespace: str
    name: str
    spec: ModelMonitorSpec
    uid: str = ""
    generation: int = 0
    annotations: Mapping[str, str] = field(default_factory=dict)


ApiVersion = Literal["modelmonitor.dev/v1alpha1"]


def _named_apart(what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise problem(f"every {what} under a name of its own", f"{', '.join(twice)} is used more than once; rename one")
