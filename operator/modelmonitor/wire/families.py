"""The metric families of the evaluator: names, types, labels and what each is for.

The only place where they are spelled; docs/reference/metrics.md is made from it. Every series also has the
labels `monitor` and `version`; those that depend on the reference also have `profile`, its hash.
"""

from dataclasses import dataclass
from enum import StrEnum

from modelmonitor.wire.names import METRIC_PREFIX


class Kind(StrEnum):
    """A Prometheus type."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric family; `name` is whole, as Prometheus stores it (a counter's with `_total` or `_sum`)."""

    short: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    profile: bool = False

    @property
    def name(self) -> str:
        """The name with our prefix."""
        return METRIC_PREFIX + self.short


def _counter(short: str, labels: str, text: str, *, profile: bool = False) -> Family:
    return Family(short, Kind.COUNTER, tuple(labels.split()), text, profile)


def _gauge(short: str, labels: str, text: str, *, profile: bool = False) -> Family:
    return Family(short, Kind.GAUGE, tuple(labels.split()), text, profile)


def _histogram(short: str, labels: str, text: str, *, profile: bool = False) -> Family:
    return Family(short, Kind.HISTOGRAM, tuple(labels.split()), text, profile)


# What passes through.
REQUESTS = _counter("requests_total", "code outcome", "Requests on prediction paths, by class of status.")
PASSTHROUGH = _counter(
    "passthrough_requests_total", "", "Requests on all other paths: scrapes, probes, health."
)
MODEL_UP = _gauge("model_up", "", "1 if the model's port accepts connections.")
DURATION = _histogram(
    "request_duration_seconds", "", "From the first byte of a request to the last of its response."
)
WITHIN = _counter(
    "requests_within_total", "threshold", "Requests that took at most the threshold, in seconds."
)
TIMED = _counter("requests_timed_total", "threshold", "Requests that were held against the threshold.")
BATCH_SIZE = _histogram("batch_size", "", "Rows of a prediction request.")
REQUEST_BYTES = _histogram("request_bytes", "", "Size of the body of a prediction request.")

# What is predicted.
PREDICTIONS = _counter("predictions_total", "class", "Predictions, one for each row, by predicted class.")
CONFIDENCE = _counter(
    "prediction_confidence_total", "band", "Predictions by confidence: high above 0.9, low below 0.5."
)
WITHOUT_ID = _counter("predictions_without_id_total", "", "Predictions that no label can ever join.")
FEATURE_VALUE = _histogram(
    "feature_value", "feature", "Values of a numeric column at the reference's edges.", profile=True
)
FEATURE_CATEGORY = _counter(
    "feature_category_total", "feature category", "Values of a categorical column.", profile=True
)
FEATURE_MISSING = _counter("feature_missing_total", "feature", "Rows without a usable value.", profile=True)
FEATURE_INVALID = _counter(
    "feature_invalid_total", "feature", "Values of a wrong type; they count as missing.", profile=True
)
FEATURE_RANGE = _counter(
    "feature_out_of_range_total", "feature", "Values beyond the reference's range.", profile=True
)
UNEXPECTED = _counter(
    "unexpected_columns_total", "", "Columns that the reference does not know, one for each row."
)

# The reference.
REFERENCE_COUNT = _gauge(
    "reference_count", "feature cell le below", "Rows of the reference in a cell.", profile=True
)
REFERENCE_METRIC = _gauge("reference_metric", "metric", "Quality of the reference.", profile=True)
SCORE_EDGE = _gauge(
    "score_edge", "le below thresholds", "1 for each cell of the score; the thresholds are among its edges.",
    profile=True,
)  # fmt: skip

# The truth.
LABELS = _counter("labels_total", "outcome", "Labels that were sent, by what became of them.")
LABEL_LAG = _histogram("label_lag_seconds", "", "From a prediction to its label.")
COHORT = _counter("cohort_predictions_total", "", "Predictions whose maturity has passed.")
COHORT_LABELLED = _counter(
    "cohort_labelled_total", "source", "Those with a label: explicit, or implied by silence."
)
PENDING = _gauge("pending_labels", "", "Predictions that wait for their maturity.")

# Quality of classes.
CONFUSION = _counter(
    "confusion_total", "actual predicted segment", "Matured predictions by actual and predicted class."
)
SCORE_BY_ACTUAL = _histogram(
    "score_by_actual",
    "class actual segment thresholds",
    "Scores of a class, apart for rows that are of it and rows that are not.",
    profile=True,
)
SCORED = _counter("scored_total", "segment", "Matured, labelled predictions with a score or a value.")
LOG_LOSS = _counter(
    "log_loss_sum", "segment", "Sum of the logarithmic loss, natural, scores clipped to 1e-15."
)
SQUARED_ERROR = _counter("squared_error_sum", "segment", "Sum of squared errors; of classes, Brier's.")

# Quality of numbers.
ABSOLUTE_ERROR = _histogram("absolute_error", "segment", "Absolute errors.", profile=True)
ABSOLUTE_ERROR_MAX = _gauge(
    "absolute_error_max", "segment", "The largest absolute error since the last scrape but one."
)
PERCENTAGE_ERROR = _counter(
    "absolute_percentage_error_sum",
    "segment",
    "Sum of absolute errors over the absolute actual, where that is not 0.",
)
PERCENTAGE_ROWS = _counter("absolute_percentage_error_rows_total", "segment", "Rows whose actual is not 0.")
ACTUAL_ABSOLUTE = _counter("actual_absolute_sum", "segment", "Sum of absolute actual values.")
ERROR_POSITIVE = _counter(
    "error_positive_sum", "segment", "Sum of prediction minus actual, where that is positive."
)
ERROR_NEGATIVE = _counter(
    "error_negative_sum", "segment", "Sum of actual minus prediction, where that is positive."
)
TARGET_POSITIVE = _counter(
    "target_centred_positive_sum",
    "segment",
    "Sum of actual minus the reference's mean, where positive.",
    profile=True,
)
TARGET_NEGATIVE = _counter(
    "target_centred_negative_sum",
    "segment",
    "Sum of the reference's mean minus actual, where positive.",
    profile=True,
)
TARGET_SQUARED = _counter(
    "target_centred_squared_sum",
    "segment",
    "Sum of squares of actual minus the reference's mean.",
    profile=True,
)

# Quality of rankings.
RANKING_QUERIES = _counter(
    "ranking_queries_total", "segment", "Matured, labelled queries with at least one relevant item."
)
RANKING_EMPTY = _counter(
    "ranking_queries_without_relevant_total", "segment", "Queries with none: their metrics are not defined."
)
RECIPROCAL_RANK = _counter("reciprocal_rank_sum", "segment", "Sum of 1 / rank of the first relevant item.")
NDCG = _counter("ndcg_sum", "k segment", "Sum of NDCG at K; the ideal is made of all relevant items.")
AVERAGE_PRECISION = _counter("average_precision_sum", "k segment", "Sum of average precision at K.")
HITS = _counter("hits_sum", "k segment", "Queries with a relevant item among the first K.")
PRECISION = _counter("precision_sum", "k segment", "Sum of precision at K.")
RECALL = _counter("recall_sum", "k segment", "Sum of recall at K.")

# Fairness.
GROUP = _counter("group_total", "attribute group", "Predictions of a group.")
GROUP_SELECTED = _counter("group_selected_total", "attribute group", "Those of the positive class.")
GROUP_CONFUSION = _counter(
    "group_confusion_total", "attribute group actual predicted", "Matured predictions of a group."
)

# Honesty about loss.
DROPPED = _counter(
    "events_dropped_total", "reason", "Predictions, or exchanges of unknown size, that were not counted."
)
QUEUE_BYTES = _gauge("queue_bytes", "", "Bytes of copies that wait to be counted.")
QUEUE_LIMIT = _gauge("queue_limit_bytes", "", "Bytes that may wait at the most.")
STORE_ERRORS = _counter("store_errors_total", "", "Calls to the label store that failed.")
INFO = _gauge("evaluator_info", "config profile state release", "1; what this evaluator runs with.")

FAMILIES: tuple[Family, ...] = tuple(it for it in list(globals().values()) if isinstance(it, Family))
