"""Quality in modelmonitor.dev/v1alpha1: of predictions, of data, between groups, and for the business.

The docstring under a field becomes its description in the CRD.
"""

from enum import StrEnum
from fractions import Fraction
from typing import Annotated, ClassVar

from pydantic import Field

from modelmonitor.api.across import Ascending, Sided
from modelmonitor.api.checks import Apart, Between, Text
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import ColumnName, Percentage, Query, Schema, SeriesName, Share, percent
from modelmonitor.api.severity import Severity
from modelmonitor.wire import measures

MetricText = Annotated[
    str, Text("a quality metric such as Accuracy, RocAuc, MAE or NDCG@10", 40, measures.PATTERN)
]
QualityWindow = Annotated[Duration, Between.of("12m", "28d", "a window")]


class Baseline(StrEnum):
    """What quality is compared with."""

    REFERENCE = "Reference"


_WARNING, _CRITICAL = Fraction(5, 100), Fraction(10, 100)


class Degradation(Schema):
    """Whether quality is surely worse than the reference's, by more than you tolerate."""

    rules: ClassVar = (
        Ascending(
            *("warning", "critical"),
            defaults=(percent(_WARNING), percent(_CRITICAL)),
            remedy="what pages is worse than what warns: raise critical, or lower warning",
        ),
    )

    baseline: Baseline = Baseline.REFERENCE
    """What quality is compared with. Default, and so far all there is: Reference."""

    warning: Percentage = _WARNING
    """A change for the worse, relative to the baseline, that warns when it is sure. Default 5%."""

    critical: Percentage = _CRITICAL
    """A change for the worse, relative to the baseline, that pages when it is sure. Default 10%."""

    window: QualityWindow = Duration.parse("1d")
    """Over which time predictions that have matured are judged together, from 12m to 28d. Default 1d, because
    days have seasons.
    """

    metrics: Annotated[tuple[MetricText, ...], Field(max_length=10), Apart("metric")] = ()
    """Metrics that are judged, at most 10. Default: those of the reference that sum the task up."""


class DataQuality(Schema):
    """Shares of bad values, beyond those of the reference, above which there is an alert when it is sure."""

    missing: Percentage = Fraction(1, 100)
    """Share of the values of a feature that are missing. Default 1%: more is seldom chance."""

    out_of_range: Percentage = Fraction(1, 100)
    """Share of the numbers of a feature that are beyond the range of the reference. Default 1%."""

    unseen: Percentage = Fraction(1, 100)
    """Share of the categories of a feature that the reference does not have. Default 1%."""

    invalid: Percentage = Fraction(1, 1000)
    """Share of the values of a feature that are of a wrong type. Default 0.1%: a caller is broken."""

    window: QualityWindow = Duration.parse("1h")
    """How much of the recent past is judged, from 12m to 28d. Default 1h, to tell a broken caller soon."""

    severity: Severity = Severity.WARNING
    """Severity of the alert. Default warning: the model may cope."""


class FairnessMetric(StrEnum):
    """The gap between the groups that differ most."""

    DISPARATE_IMPACT_RATIO = "DisparateImpactRatio"
    DEMOGRAPHIC_PARITY_DIFFERENCE = "DemographicParityDifference"
    EQUAL_OPPORTUNITY_DIFFERENCE = "EqualOpportunityDifference"
    EQUALISED_ODDS_DIFFERENCE = "EqualisedOddsDifference"

    @property
    def needs_truth(self) -> bool:
        """Whether it compares what is right and wrong, not only what is predicted."""
        return self in {self.EQUAL_OPPORTUNITY_DIFFERENCE, self.EQUALISED_ODDS_DIFFERENCE}


class Fairness(Schema):
    """A gap between protected groups that must not be exceeded."""

    rules: ClassVar = (
        Sided("metric", "DisparateImpactRatio", "a ratio has a least value, a difference a largest one"),
    )

    attribute: ColumnName
    """Column whose groups are compared: one of model.protectedAttributes."""

    metric: FairnessMetric
    """The gap: DisparateImpactRatio with atLeast (0.8 is the rule of four fifths), the others with atMost."""

    at_least: Share | None = None
    """Smallest ratio that is accepted, 0 to 1. Exactly one of atLeast and atMost."""

    at_most: Share | None = None
    """Largest difference that is accepted, 0 to 1. Exactly one of atLeast and atMost."""

    window: QualityWindow = Duration.parse("1d")
    """Over which time predictions are compared, from 12m to 28d. Default 1d, because groups come at different
    hours.
    """

    severity: Severity = Severity.WARNING
    """Severity of the alert when the gap is surely exceeded. Default warning."""


class Direction(StrEnum):
    """Which way is good."""

    HIGHER = "HigherIsBetter"
    LOWER = "LowerIsBetter"


class BusinessMetric(Schema):
    """A series of yours that says what the model is worth."""

    name: SeriesName
    """Name of the metric, unique in the monitor, such as revenue_per_user."""

    query: Query
    """PromQL that yields one number, such as sum(...) / sum(...), over ranges of its own."""

    direction: Direction = Direction.HIGHER
    """Which way is good. Default HigherIsBetter, as of revenue."""
