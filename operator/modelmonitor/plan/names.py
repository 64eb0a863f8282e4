"""Names of what a plan contains. They never change: a renamed group or object resets a pending alert."""

import hashlib

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import DashboardKind, Objective

ERROR_RATIO = "slo:sli_error:ratio_rate"
TOTAL_INCREASE = "slo:sli_total:increase"
GOOD_5M = "slo:sli_good:increase5m"
TOTAL_5M = "slo:sli_total:increase5m"
BAD_SLICE = "slo:sli_slice:bad"
SLICE_VALUE = "slo:sli_slice:value"
OBJECTIVE = "slo:objective:ratio"
ERROR_BUDGET = "slo:error_budget:ratio"
PERIOD_DAYS = "slo:time_period:days"
CURRENT_BURN = "slo:current_burn_rate:ratio"
PERIOD_BURN = "slo:period_burn_rate:ratio"
BUDGET_REMAINING = "slo:period_error_budget_remaining:ratio"

SLO_ID, SLO_NAME, SLO_SERVICE, SLO_WINDOW = "slo_id", "slo_name", "slo_service", "slo_window"
NAMESPACE, MONITOR, SEVERITY, PAIR = "namespace", "monitor", "severity", "pair"
IDENTITY = (SLO_ID, SLO_NAME, SLO_SERVICE, NAMESPACE, MONITOR)
ALERT_NAME = "alertname"
RESERVED = frozenset({*IDENTITY, SLO_WINDOW, SEVERITY, PAIR, ALERT_NAME, "alertstate", "__name__"})

BURN_ALERT = "ModelSLOErrorBudgetBurn"
ABSENT_ALERT = "ModelSLOMetricAbsent"

FEATURE_CELL = "modelmonitor:feature_cell:increase"
REFERENCE_CELL = "modelmonitor:reference_cell:rows"
DRIFT_ROWS = "modelmonitor:drift:rows"
DRIFT_REFERENCE_ROWS = "modelmonitor:drift:reference_rows"
DRIFT_CELLS = "modelmonitor:drift:cells"
DRIFT_DISTANCE = "modelmonitor:drift:distance"
DRIFT_TOLERANCE = "modelmonitor:drift:tolerance"
DRIFT_EXPECTED = "modelmonitor:drift:expected"
DRIFT_CRITICAL = "modelmonitor:drift:critical"
DRIFT_EXCESS = "modelmonitor:drift:excess"
DRIFT_INSUFFICIENT = "modelmonitor:drift:insufficient"
"""Each followed by the window; `docs/reference/rules.md` says what they are."""
QUALITY = "modelmonitor:quality:value"
QUALITY_ROWS = "modelmonitor:quality:rows"
VERSION_QUALITY, VERSION_ROWS = "modelmonitor:version_quality:value", "modelmonitor:version_quality:rows"
CONFUSION = "modelmonitor:confusion:rows"
OUTCOMES = "modelmonitor:outcomes:rows"
SCORES = "modelmonitor:scores:rows"
SCORE_CELL = "modelmonitor:score_cell:middle"
CALIBRATION_ROWS = "modelmonitor:calibration:rows"
CALIBRATION_SHARE = "modelmonitor:calibration:share"
CALIBRATION_SCORE = "modelmonitor:calibration:score"
ERRORS, LARGEST_ERROR = "modelmonitor:absolute_error:rows", "modelmonitor:absolute_error:largest"
QUALITY_SUMS = "modelmonitor:quality:sums"
QUALITY_CHANGE = "modelmonitor:quality:change"
QUALITY_SURE_CHANGE = "modelmonitor:quality:sure_change"
QUALITY_INSUFFICIENT = "modelmonitor:quality:insufficient"
QUALITY_TREND = "modelmonitor:quality:trend"
JUDGED_VALUE, JUDGED_ROWS = "modelmonitor:degradation:value", "modelmonitor:degradation:rows"
JUDGED_ERROR = "modelmonitor:degradation:standard_error"
JUDGED_BASELINE = "modelmonitor:degradation:baseline"
JUDGED_BOUND = "modelmonitor:degradation:bound"
JUDGED_VALID_ROWS = "modelmonitor:degradation:rows_valid"
JUDGED_ROWS_NEEDED = "modelmonitor:degradation:rows_needed"
TREND_DAILY, TREND_DAY = "modelmonitor:trend:daily", "modelmonitor:trend:day"
TREND_POINTS, TREND_SLOPE = "modelmonitor:trend:points", "modelmonitor:trend:slope"
TREND_SIGNS, TREND_RESIDUAL = "modelmonitor:trend:signs", "modelmonitor:trend:residual"
TREND_PERSISTENCE = "modelmonitor:trend:persistence"
TREND_VARIANCE, TREND_SCORE = "modelmonitor:trend:variance", "modelmonitor:trend:score"
DAY, NEXT_DAY = "day", "next"
COVERAGE = "modelmonitor:labels:coverage"
LABEL_LAG = "modelmonitor:labels:lag_seconds"
DATA_QUALITY = "modelmonitor:data_quality:excess"
FLAWED, FLAW_ROWS = "modelmonitor:data_quality:flawed", "modelmonitor:data_quality:rows"
FLAW_SHARE = "modelmonitor:data_quality:share"
REFERENCE_FLAWED = "modelmonitor:data_quality:reference_flawed"
REFERENCE_FLAW_ROWS = "modelmonitor:data_quality:reference_rows"
REFERENCE_FLAW_SHARE = "modelmonitor:data_quality:reference_share"
GROUP_HITS_COUNTED = "modelmonitor:group_hits:increase"
GROUP_ROWS_COUNTED = "modelmonitor:group_rows:increase"
GROUP_HITS, GROUP_ROWS = "modelmonitor:fairness:hits", "modelmonitor:fairness:rows"
GROUP_RATE = "modelmonitor:fairness:rate"
GROUP_LOW, GROUP_HIGH = "modelmonitor:fairness:rate_low", "modelmonitor:fairness:rate_high"
GROUPS_COMPARED = "modelmonitor:fairness:compared"
GROUP_TAIL, GROUP_QUANTILE = "modelmonitor:fairness:tail", "modelmonitor:fairness:quantile"
FAIRNESS = "modelmonitor:fairness:gap"
FAIRNESS_LOW, FAIRNESS_HIGH = "modelmonitor:fairness:gap_low", "modelmonitor:fairness:gap_high"
COST = "modelmonitor:cost:per_prediction"
BUSINESS = "modelmonitor:business:value"
EXPLICIT_COVERAGE = "modelmonitor:labels:explicit_coverage"
COHORT_ROWS, LABELLED_ROWS = "modelmonitor:labels:matured", "modelmonitor:labels:labelled"
LABELS_SENT, LAG_CELL = "modelmonitor:labels:sent", "modelmonitor:labels:lag_cell"
"""Each followed by the window."""
THROUGHPUT, REQUEST_RATE = "modelmonitor:predictions:rate", "modelmonitor:requests:rate"
BATCH_ROWS = "modelmonitor:requests:batch_rows"
LOST_SHARE = "modelmonitor:predictions:lost_share"
PREDICTED_LATELY, PREDICTED = "modelmonitor:predictions:lately", "modelmonitor:predictions:counted"
MODEL_UP = "modelmonitor:model:up"
RESOURCE = "modelmonitor:resources:share"
ERROR_SHARE = "modelmonitor:requests:error_share"
LATENCY = "modelmonitor:requests:latency_seconds"
CONFIDENCE = "modelmonitor:predictions:confidence_share"

QUANTILE, BAND, REASON, OVER, OUTCOME = "quantile", "band", "reason", "over", "outcome"
RESOURCE_KIND, POD = "resource", "pod"
BUSINESS_NAME = "business"
FLAW, ATTRIBUTE, GROUP, RATE, OTHER_GROUP = "flaw", "attribute", "group", "rate", "other"
FEATURE, CELL, STATISTIC, ON = "feature", "cell", "statistic", "on"
METRIC, SEGMENT, CLASS, THRESHOLD, AVERAGE, MODEL_VERSION = (
    "metric", "segment", "class", "threshold", "average", "version"
)  # fmt: skip

PREDICTION_DRIFT_ALERT = "ModelPredictionDrift"
FEATURE_DRIFT_ALERT = "ModelFeatureDrift"
DEGRADED_ALERT = "ModelQualityDegraded"
TREND_ALERT = "ModelQualityTrend"
DATA_QUALITY_ALERT = "ModelDataQuality"
LABELS_ALERT = "ModelLabelsMissing"
NO_PREDICTIONS_ALERT = "ModelNoPredictions"
TARGET_DOWN_ALERT = "ModelTargetDown"
FAIRNESS_ALERT = "ModelFairness"
RESOURCES_ALERT = "ModelResources"


def slo_id(monitor: ModelMonitor, objective: Objective) -> str:
    """Return the identity of an objective: unambiguous, because none of its parts may hold a slash."""
    return f"{monitor.namespace}/{monitor.name}/{objective.name}"


def identity(monitor: ModelMonitor, objective: Objective) -> dict[str, str]:
    """Return the static labels of every series of an objective."""
    return {
        SLO_ID: slo_id(monitor, objective),
        SLO_NAME: objective.name,
        SLO_SERVICE: monitor.name,
        NAMESPACE: monitor.namespace,
        MONITOR: monitor.name,
    }


def error_ratio(window: Duration) -> str:
    """Return the record of the error ratio over a window."""
    return f"{ERROR_RATIO}{window}"


def rules_object(monitor: ModelMonitor, part: str = "slo", shard: int = 0) -> str:
    """Return the name of the object that carries a shard of a part of the rules."""
    return f"{monitor.name}-{part}" + (f"-{shard}" if shard else "")


def config_object(monitor: ModelMonitor) -> str:
    """Return the name of the ConfigMap of the evaluator's config, and of the PodMonitor."""
    return wire.config_map(monitor.name)


def service_object(monitor: ModelMonitor) -> str:
    """Return the name of the evaluators' Service, which has to begin with a letter."""
    name = config_object(monitor)
    return name if name[0].isalpha() else f"mm-{name}"


def routes_object(monitor: ModelMonitor) -> str:
    """Return the name of the AlertmanagerConfig."""
    return f"{monitor.name}-alerts"


def dashboard_object(monitor: ModelMonitor, kind: DashboardKind) -> str:
    """Return the name of the ConfigMap of a dashboard."""
    return f"{monitor.name}-dashboard-{kind.value.lower()}"


def dashboard_uid(monitor: ModelMonitor, kind: DashboardKind) -> str:
    """Return Grafana's identity of a dashboard: the same for ever, at most 40 characters."""
    digest = hashlib.sha256(f"{monitor.namespace}/{monitor.name}/{kind.value}".encode()).hexdigest()
    return f"mm-{digest[:32]}"
