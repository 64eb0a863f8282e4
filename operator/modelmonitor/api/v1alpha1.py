"""The kind `ModelMonitor` of modelmonitor.dev/v1alpha1: what a user can ask for.

The docstring under a field becomes its description in the CRD.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, StrictBool

from modelmonitor.api.across import OneOf
from modelmonitor.api.capture import Capture
from modelmonitor.api.checks import Apart, Between, Named, Text, Within
from modelmonitor.api.drift import Drift
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import (
    LabelKey,
    LabelValue,
    MinEvents,
    Name,
    Number,
    ObjectName,
    Percentage,
    Schema,
    WithoutNulls,
)
from modelmonitor.api.indicators import Availability, Events, Latency, Sli, Timeslices
from modelmonitor.api.model import Labels, Model, Reference
from modelmonitor.api.quality import BusinessMetric, DataQuality, Degradation, Fairness
from modelmonitor.api.routing import Alerts
from modelmonitor.api.severity import Severity
from modelmonitor.wire.config import Task

__all__ = [
    "Alerts",
    "Availability",
    "BurnPair",
    "BusinessMetric",
    "Capture",
    "DashboardKind",
    "Dashboards",
    "DataQuality",
    "Degradation",
    "Drift",
    "Events",
    "Fairness",
    "Labels",
    "Latency",
    "Model",
    "ModelMonitor",
    "ModelMonitorSpec",
    "Objective",
    "Prometheus",
    "Reference",
    "RulesOutput",
    "Severity",
    "Sli",
    "TargetRef",
    "Task",
    "Timeslices",
]

_KIND = Text("a kind such as Deployment", 63, "^[A-Z][A-Za-z0-9]*$")
_API_VERSION = Text(
    "an API version such as apps/v1", 253, "^([a-z0-9][-a-z0-9.]*/)?v[0-9]+((alpha|beta)[0-9]+)?$"
)
_URL = Text("an address that begins with http:// or https://", 2048, "^https?://[^ ]+$")
_FOLDER = Text(
    "a folder name without / and \\ that does not begin with a point, at most 63 characters",
    63,
    "^[^/\\\\.][^/\\\\]*$",
)


class RulesOutput(StrEnum):
    """The kind of object that carries the rules."""

    PROMETHEUS_RULE = "PrometheusRule"
    CONFIG_MAP = "ConfigMap"


class DashboardKind(StrEnum):
    """The audience of a dashboard."""

    EXECUTIVE = "Executive"
    TECHNICAL = "Technical"
    DATA_SCIENCE = "DataScience"


class DashboardsOutput(StrEnum):
    """The kind of object that carries a dashboard."""

    CONFIG_MAP = "ConfigMap"


class TargetRef(Schema):
    """The workload that serves the model, in the monitor's own namespace."""

    api_version: Annotated[str, _API_VERSION] = "apps/v1"
    """API version of the workload. Default apps/v1, the one of Deployments."""

    kind: Annotated[str, _KIND] = "Deployment"
    """Kind of the workload. Default Deployment, because most models are Deployments."""

    name: ObjectName
    """Name of the workload, in the namespace of the monitor."""


class BurnPair(Schema):
    """One burn-rate alert: it fires when the budget burns too fast over a long and a short window at once."""

    rules: ClassVar = (OneOf(("factor", "budgetShare"), "the other one follows from the window"),)

    name: Name
    """Name of the pair, unique in the objective; the alert carries it as the label pair."""

    factor: Annotated[Number, Within(above=0, upper=100_000, including_upper=True)] | None = None
    """How many times faster than sustainable the budget burns when the alert fires. Exactly one of factor
    and budgetShare.
    """

    budget_share: Percentage | None = None
    """Share of the period's budget that may burn within the long window, such as 2%; the factor follows
    from it. Exactly one of factor and budgetShare.
    """

    long: Annotated[Duration, Between.of("1s", "92d")]
    """Long window, from 1s to 92d and shorter than the objective's window; the short one is a twelfth of
    it.
    """

    for_: Annotated[Duration, Between.of("0s", "92d"), Field(alias="for")] = Duration(0)
    """How long both windows must burn before the alert fires, up to 92d. Default 0s, because the long
    window has waited already.
    """

    severity: Severity
    """Severity of the alert."""


BurnPairs = Annotated[tuple[BurnPair, ...], Field(min_length=1, max_length=5), Named("pair")]
GoodPercent = Annotated[
    Number,
    Within(
        above=0,
        upper=100,
        remedy="it is the percentage of good events, such as 99.9",
        at_upper="a budget of zero cannot be spent: choose less, such as 99.9",
    ),
]
Window = Annotated[Duration, Between.of("1h", "92d", "a window", "choose 30d unless you have a reason")]


class Objective(Schema):
    """One service level objective of the model, with its error budget and burn-rate alerts."""

    name: Name
    """Name of the objective, unique in the monitor: a DNS label of at most 40 characters."""

    objective: GoodPercent
    """Percent of good events (or slices) over the window, above 0 and below 100: at 100 there is no
    budget to spend.
    """

    window: Window = Duration.parse("30d")
    """Period of the error budget, rolling, from 1h to 92d. Default 30d, because it covers four weekends;
    under 7d needs explicit pairs.
    """

    min_events: MinEvents = "Auto"
    """Fewest events in the long window for an alert. Default Auto: one bad event alone can never fire; 0
    switches the guard off.
    """

    pairs: BurnPairs | None = None
    """Burn-rate alerts. Default: four pairs (page-quick, page-slow, ticket-quick, ticket-slow), adapted
    to the objective.
    """

    sli: Sli
    """What is measured."""


ScrapeInterval = Annotated[
    Duration, Between.of("1s", "5m", "a scrape interval", "write what your scrape configuration says")
]


class Prometheus(Schema):
    """How the rules reach Prometheus."""

    labels: Annotated[Mapping[LabelKey, LabelValue], Field(max_length=20), WithoutNulls] = {}
    """Labels that your Prometheus selects rules by, such as release: kube-prometheus-stack. Default:
    those of the operator's settings.
    """

    output: RulesOutput = RulesOutput.PROMETHEUS_RULE
    """Kind of the object that carries the rules. Default PrometheusRule, which prometheus-operator loads;
    ConfigMap where that is absent.
    """

    scrape_interval: ScrapeInterval = Duration.parse("30s")
    """How often the target is scraped, from 1s to 5m; windows and the low-traffic guard depend on it.
    Default 30s, as in most installations.
    """

    url: Annotated[str, _URL] | None = None
    """Address of the Prometheus that holds this model's series. Default: the operator's."""


class Dashboards(Schema):
    """Grafana dashboards, as ConfigMaps for the dashboard sidecar."""

    kinds: Annotated[tuple[DashboardKind, ...], Field(min_length=1, max_length=3), Apart("dashboard")] = (
        tuple(DashboardKind)
    )
    """Audiences to make a dashboard for. Default: all."""

    folder: Annotated[str, _FOLDER] | None = None
    """Grafana folder of the dashboards. Default: the sidecar's own."""

    output: DashboardsOutput = DashboardsOutput.CONFIG_MAP
    """Kind of the object that carries a dashboard. Default, and so far all there is: ConfigMap, which the
    sidecar of Grafana loads.
    """


class ModelMonitorSpec(Schema):
    """What to watch and what to promise."""

    suspend: StrictBool = False
    """True: the operator writes nothing; rules and dashboards stay as they are. Pods get evaluators as
    before, and none that keeps a model from starting. Default false, because a monitor is there to act.
    """

    target_ref: TargetRef
    """The workload that serves the model."""

    model: Model
    """What the model predicts."""

    capture: Capture | None = None
    """The evaluator beside the model. Left out: none is added, and none is scraped for this monitor."""

    reference: Reference | None = None
    """What the model saw and did when it was known to be good; drift, data quality, degradation, fairness
    and segments need it. Left out: there is nothing to compare with.
    """

    labels: Labels | None = None
    """How predictions wait for the truth. Left out: as its defaults say, where quality is asked for."""

    objectives: Annotated[tuple[Objective, ...], Field(max_length=50), Named("objective")] = ()
    """Service level objectives, at most 50, with unique names."""

    drift: Drift | None = None
    """Whether predictions and features are surely further from the reference than you tolerate; left out:
    no drift rules.
    """

    degradation: Degradation | None = None
    """Whether quality is surely worse than the reference's; left out: no such alerts."""

    data_quality: DataQuality | None = None
    """Whether inputs are missing, out of range, unseen or of a wrong type; left out: no such alerts."""

    fairness: Annotated[
        tuple[Fairness, ...],
        Field(max_length=20),
        Apart("metric of an attribute", ("attribute", "metric")),
    ] = ()
    """Gaps between protected groups that must not be exceeded, at most 20; each metric of an attribute once.
    """

    business: Annotated[tuple[BusinessMetric, ...], Field(max_length=20), Named("business metric")] = ()
    """Series of yours that say what the model is worth, at most 20, with unique names."""

    alerts: Alerts | None = None
    """Who is told of alerts; left out: whomever your Alertmanager tells."""

    prometheus: Prometheus = Prometheus()
    """How the rules reach Prometheus."""

    dashboards: Dashboards | None = None
    """Grafana dashboards; left out: none."""


@dataclass(frozen=True, slots=True)
class ModelMonitor:
    """One parsed monitor: its identity in the cluster and its spec."""

    namespace: str
    name: str
    spec: ModelMonitorSpec
    uid: str = ""
    generation: int = 0
    annotations: Mapping[str, str] = field(default_factory=dict)
