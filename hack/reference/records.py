"""What each record and alert of the rules means, for docs/reference/rules.md."""

from collections.abc import Mapping
from dataclasses import dataclass

from modelmonitor.plan import names

W = "<window>"


@dataclass(frozen=True, slots=True)
class Section:
    """Records of one kind: what all of them have in common, and each with its further labels and meaning."""

    title: str
    said: str
    records: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AlertMeaning:
    """What makes an alert: the block of the spec that asks for it, its severity, what it says."""

    asked: str
    severity: str
    meaning: str


SECTIONS = (
    Section(
        "Objectives",
        "Windows are 5m, 30m, 1h, 2h, 6h, 1d, 3d, those of the pairs, and the period. Labels beside these: "
        "`slo_id`, `slo_name`, `slo_service`, `namespace`, `monitor`, and what your queries group by.",
        {
            f"{names.ERROR_RATIO}{W}": ("slo_window", "Share of bad events. No traffic: no sample."),
            f"{names.TOTAL_INCREASE}{W}": (
                "",
                "Events in the long window of a pair: its low-traffic guard. 5m: the period is their sum.",
            ),
            names.GOOD_5M: ("", "Good events of the last five minutes."),
            names.SLICE_VALUE: ("", "What is held against the bound, where evaluators count it."),
            names.BAD_SLICE: (
                "",
                "1 in a minute on the wrong side of the bound, 0 on the good one, none without a value.",
            ),
            names.OBJECTIVE: ("", "The objective: 0.999 for 99.9 percent."),
            names.ERROR_BUDGET: ("", "The share of events that may be bad: 0.001 for 99.9 percent."),
            names.PERIOD_DAYS: ("", "Length of the period in days."),
            names.CURRENT_BURN: (
                "",
                "How many times too fast the budget burns now, over 5m; 1 just lasts for the period.",
            ),
            names.PERIOD_BURN: ("", "Share of the period's budget that is spent."),
            names.BUDGET_REMAINING: (
                "",
                "Share of the period's budget that is left; below 0 the objective is breached.",
            ),
        },
    ),
    Section(
        "Drift",
        "The window is `drift.window`. `feature` is a column, `@prediction` or `@score`; `on` is Prediction "
        "or Features. [What a verdict is](../drift.md).",
        {
            f"{names.FEATURE_CELL}{W}": ("feature, cell", "Rows in a cell, live."),
            f"{names.REFERENCE_CELL}{W}": ("feature, cell", "Rows in it of what is compared with."),
            f"{names.DRIFT_ROWS}{W}": ("feature", "Live rows."),
            f"{names.DRIFT_REFERENCE_ROWS}{W}": ("feature", "Rows of what is compared with."),
            f"{names.DRIFT_CELLS}{W}": ("feature", "Cells that have a row on either side."),
            f"{names.DRIFT_DISTANCE}{W}": (
                "feature, statistic",
                "Distance. All statistics of all columns, whichever is asked for.",
            ),
            names.DRIFT_TOLERANCE: ("feature, statistic, on", "What is tolerated."),
            f"{names.DRIFT_EXPECTED}{W}": (
                "feature, statistic, on",
                "Distance at exactly what is tolerated, in units of noise.",
            ),
            f"{names.DRIFT_CRITICAL}{W}": (
                "feature, statistic, on",
                "Distance from which it is surely more.",
            ),
            f"{names.DRIFT_EXCESS}{W}": (
                "feature, statistic, on",
                "Distance over the critical one: above 1 is drift. No sample: no verdict.",
            ),
            f"{names.DRIFT_INSUFFICIENT}{W}": ("feature, on", "1: too few rows for a verdict."),
        },
    ),
    Section(
        "Data quality",
        "The window is `dataQuality.window`. `flaw` is missing, outOfRange, unseen or invalid.",
        {
            f"{names.DATA_QUALITY}{W}": (
                "feature, flaw",
                "How many times what is tolerated the share surely exceeds the reference's: above 1 alarms.",
            ),
            f"{names.FLAW_SHARE}{W}": ("feature, flaw", "Share of flawed values."),
            f"{names.FLAWED}{W}": ("feature, flaw", "Flawed values."),
            f"{names.FLAW_ROWS}{W}": ("feature, flaw", "Values that could have the flaw."),
            f"{names.REFERENCE_FLAW_SHARE}{W}": ("feature, flaw", "Share of flawed values of the reference."),
            f"{names.REFERENCE_FLAWED}{W}": ("feature, flaw", "Flawed values of the reference."),
            f"{names.REFERENCE_FLAW_ROWS}{W}": ("feature, flaw", "Its values that could have the flaw."),
        },
    ),
    Section(
        "Quality",
        "The window is `degradation.window`, else 1d; rows are matured predictions with a label. A series "
        "without the labels `segment`, `class`, `threshold`, `average` and `version` is that of everything; "
        "where a metric is not defined there is none. 5m: what longer windows are added up from.",
        {
            f"{names.QUALITY}{W}": (
                "metric, segment, class, threshold, average",
                "Every metric of the task.",
            ),
            f"{names.QUALITY_ROWS}{W}": ("segment", "Rows; of rankings, queries."),
            f"{names.VERSION_QUALITY}{W}": ("metric, version", "Metrics by version of the model."),
            f"{names.VERSION_ROWS}{W}": ("version", "Rows by version of the model."),
            f"{names.CONFUSION}{W}": ("actual, predicted, segment, version", "The confusion matrix."),
            f"{names.OUTCOMES}{W}": (
                "outcome, class, threshold, average, segment, version",
                "tp, fp, fn, tn of each class against the rest; average=micro: of all together.",
            ),
            f"{names.SCORES}{W}": (
                "class, actual, le, edge, segment, version",
                "Rows up to the upper edge of a cell of the score; edge=lower: up to its lower one.",
            ),
            names.SCORE_CELL: ("le, below, threshold", "The middle of a cell of the score."),
            f"{names.CALIBRATION_ROWS}{W}": ("class, le", "Rows of a cell of the score."),
            f"{names.CALIBRATION_SHARE}{W}": ("class, le", "Share of them that are of the class."),
            f"{names.CALIBRATION_SCORE}{W}": ("class, le", "The score that promises it."),
            f"{names.QUALITY_SUMS}{W}": ("sum, k, segment, version", "Sums that means are made of."),
            f"{names.ERRORS}{W}": ("le, segment, version", "Rows up to a size of the error."),
            f"{names.LARGEST_ERROR}{W}": ("segment, version", "The largest error."),
        },
    ),
    Section(
        "Degradation",
        "The window is `degradation.window`; metrics are those that are judged. "
        "[How](../quality.md#degradation).",
        {
            f"{names.QUALITY_CHANGE}{W}": (
                "metric",
                "Change against the reference, relative to it: positive is worse.",
            ),
            f"{names.QUALITY_SURE_CHANGE}{W}": (
                "metric",
                "The part of it that is sure: held against your bounds.",
            ),
            f"{names.QUALITY_INSUFFICIENT}{W}": ("metric", "1: too few rows to see twice what is tolerated."),
            f"{names.JUDGED_VALUE}{W}": ("metric", "The metric."),
            f"{names.JUDGED_BASELINE}{W}": ("metric", "That of the reference."),
            f"{names.JUDGED_BOUND}{W}": ("metric", "The best value that the rows leave possible."),
            f"{names.JUDGED_ERROR}{W}": ("metric", "Standard error, of metrics that are no shares."),
            f"{names.JUDGED_ROWS}{W}": ("metric", "Rows that count; of F1, fewer than there are."),
            f"{names.JUDGED_VALID_ROWS}{W}": ("metric", "Rows from which the bound can be relied upon."),
            f"{names.JUDGED_ROWS_NEEDED}{W}": (
                "metric",
                "Rows from which twice the tolerated change is seen.",
            ),
        },
    ),
    Section(
        "Trend",
        "Over 28 days of values of a day each, once an hour. [What it says](../quality.md#trend).",
        {
            names.QUALITY_TREND: ("metric", "Mann and Kendall's score; positive is for the worse."),
            names.TREND_SLOPE: (
                "metric",
                "Median slope of all pairs of days, a day; positive is for the worse.",
            ),
            names.TREND_POINTS: ("metric", "Days that have a value, from ten on."),
            names.TREND_DAILY: ("metric", "The metric over a day; negative where more is better."),
            names.TREND_DAY: ("metric, day, next", "The same of each day, by its age."),
            names.TREND_SIGNS: ("metric", "Pairs of days that rise less those that fall."),
            names.TREND_RESIDUAL: ("metric, day, next", "What is left of each day without the slope."),
            names.TREND_PERSISTENCE: ("metric", "How much a day resembles the one before: 0 to 0.99."),
            names.TREND_VARIANCE: ("metric", "Variance of the signs, of days that resemble each other so."),
            names.TREND_SCORE: ("metric", "The score of the last full hour."),
        },
    ),
    Section(
        "Labels",
        "The window is that of quality. 5m: what longer windows are added up from.",
        {
            f"{names.COVERAGE}{W}": ("", "Share of the matured predictions that have a label."),
            f"{names.EXPLICIT_COVERAGE}{W}": (
                "",
                "Share with one that somebody sent; with `labels.implicit`.",
            ),
            f"{names.LABEL_LAG}{W}": ("quantile", "How long labels take, in seconds."),
            f"{names.COHORT_ROWS}{W}": ("", "Predictions that matured."),
            f"{names.LABELLED_ROWS}{W}": ("source", "Those with a label: explicit or implicit."),
            f"{names.LABELS_SENT}{W}": ("outcome", "Labels that came, and what became of them."),
            f"{names.LAG_CELL}{W}": ("le", "Labels that took at most so many seconds."),
        },
    ),
    Section(
        "Fairness",
        "Windows are those of the entries of `fairness`; `metric` is the gap. [Reading it](../fairness.md).",
        {
            f"{names.FAIRNESS}{W}": ("attribute, metric", "The gap of the two groups that differ most."),
            f"{names.FAIRNESS_LOW}{W}": ("attribute, metric", "It is surely at least this."),
            f"{names.FAIRNESS_HIGH}{W}": ("attribute, metric", "It is surely at most this."),
            f"{names.GROUP_RATE}{W}": (
                "attribute, group, rate, metric",
                "Share predicted positive: of all (Selection), of the actually positive, of the others.",
            ),
            f"{names.GROUP_LOW}{W}": ("attribute, group, rate, metric", "Lower limit of the rate."),
            f"{names.GROUP_HIGH}{W}": ("attribute, group, rate, metric", "Upper limit of the rate."),
            f"{names.GROUP_ROWS}{W}": ("attribute, group, rate, metric", "Rows of the rate."),
            f"{names.GROUP_HITS}{W}": ("attribute, group, rate, metric", "Those predicted positive."),
            f"{names.GROUPS_COMPARED}{W}": (
                "attribute, group, other, rate, metric",
                "1: these are compared.",
            ),
            f"{names.GROUP_TAIL}{W}": ("attribute, metric", "How sure each pair must be: sqrt(-2 ln p)."),
            f"{names.GROUP_QUANTILE}{W}": (
                "attribute, group, rate, metric",
                "The same in standard deviations.",
            ),
            f"{names.GROUP_ROWS_COUNTED}{W}": (
                "attribute, group, rate",
                "Rows; 5m: a step of longer windows.",
            ),
            f"{names.GROUP_HITS_COUNTED}{W}": (
                "attribute, group, rate",
                "Those predicted positive; likewise.",
            ),
        },
    ),
    Section(
        "Business",
        "The window is that of quality. [What to do with them](../business.md).",
        {
            f"{names.COST}{W}": ("", "What a labelled prediction costs on average."),
            names.BUSINESS: ("business", "Your own series."),
        },
    ),
    Section(
        "Traffic",
        "Over five minutes, where nothing else is said.",
        {
            names.THROUGHPUT: ("", "Predictions a second."),
            names.REQUEST_RATE: ("", "Requests a second, without rejected ones."),
            names.ERROR_SHARE: ("", "Share of them that failed."),
            names.LATENCY: ("quantile", "How long answers take, in seconds."),
            names.BATCH_ROWS: ("quantile", "Rows in a request."),
            names.CONFIDENCE: ("band", "Share of predictions of high, middle or low confidence."),
            names.LOST_SHARE: ("reason", "Share of predictions that were not counted."),
            names.PREDICTED_LATELY: ("", "Predictions in five minutes and one scrape."),
            names.PREDICTED: ("over", "Predictions over 15m, 3h and 1d, where these were seen."),
            names.MODEL_UP: ("", "1 while a model accepts connections, 0 while none does."),
            names.RESOURCE: (
                "pod, resource",
                "Share of its limit that the worst container uses; of accelerators, of all.",
            ),
        },
    ),
)

ALERTS: Mapping[str, AlertMeaning] = {
    names.BURN_ALERT: AlertMeaning(
        "objectives",
        "of the pair",
        "The budget burns too fast over both windows of a pair, on enough events. One for each pair: label "
        "`pair`.",
    ),
    names.ABSENT_ALERT: AlertMeaning(
        "objectives",
        "warning",
        "Nothing has been measured for more than ten minutes: neither met nor breached, but unknown.",
    ),
    names.PREDICTION_DRIFT_ALERT: AlertMeaning(
        "drift", "`prediction.severity`", "What the model answers surely differs by more than you tolerate."
    ),
    names.FEATURE_DRIFT_ALERT: AlertMeaning(
        "drift", "`features.severity`", "What it is asked does; the worst five in the description."
    ),
    names.DATA_QUALITY_ALERT: AlertMeaning(
        "dataQuality",
        "`severity`",
        "Values are surely flawed more often than the reference's, beyond tolerance.",
    ),
    names.DEGRADED_ALERT: AlertMeaning(
        "degradation",
        "both",
        "A metric is surely worse than the reference's by more than `warning` or `critical`.",
    ),
    names.TREND_ALERT: AlertMeaning("degradation", "warning", "A metric surely gets worse day by day."),
    names.LABELS_ALERT: AlertMeaning(
        "labels, or quality is asked for",
        "both",
        "Surely fewer than 80 % (warning) or 50 % (critical) of the matured predictions have a label.",
    ),
    names.FAIRNESS_ALERT: AlertMeaning("fairness", "`severity`", "A gap between groups is surely too large."),
    names.TARGET_DOWN_ALERT: AlertMeaning(
        "anything that evaluators count", "critical", "The model is down on every pod."
    ),
    names.NO_PREDICTIONS_ALERT: AlertMeaning(
        "anything that evaluators count",
        "warning",
        "Nobody asks, where there always were predictions at this time.",
    ),
    names.RESOURCES_ALERT: AlertMeaning(
        "anything that evaluators count", "warning", "Pods run short of processor, memory or accelerator."
    ),
}
