"""Drift in modelmonitor.dev/v1alpha1: how far from the reference predictions and features may be.

The docstring under a field becomes its description in the CRD.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelmonitor.api.checks import Apart, Between, Within
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import ColumnName, Number, Schema, Tolerance
from modelmonitor.api.severity import Severity


class DriftStatistic(StrEnum):
    """The distance between what is seen and the reference."""

    PSI = "PSI"
    JS = "JS"
    KS = "KS"
    CHI_SQUARED = "ChiSquared"


class Against(StrEnum):
    """What live data is compared with."""

    REFERENCE = "Reference"
    LAST_WEEK = "LastWeek"


class DriftOn(StrEnum):
    """What drifts."""

    PREDICTION = "Prediction"
    FEATURES = "Features"


class PredictionDrift(Schema):
    """What is tolerated of the prediction and its score."""

    statistic: DriftStatistic = DriftStatistic.PSI
    """The distance. Default PSI, which sees changes everywhere; KS needs numbers."""

    tolerate: Tolerance = Decimal("0.1")
    """Drift up to this is no matter, in the unit of the statistic; 0 asks for more than noise. Default 0.1:
    predictions are one test, and may be watched closely.
    """

    severity: Severity = Severity.CRITICAL
    """Severity of the alert. Default critical: what the model answers has changed."""


class FeatureDrift(Schema):
    """What is tolerated of each feature."""

    statistic: DriftStatistic = DriftStatistic.PSI
    """The distance. Default PSI, which sees changes everywhere; KS needs numbers."""

    tolerate: Tolerance = Decimal("0.2")
    """Drift up to this is no matter, in the unit of the statistic; 0 asks for more than noise. Default 0.2,
    as is usual for PSI.
    """

    severity: Severity = Severity.WARNING
    """Severity of the alert. Default warning: a feature explains, it does not decide."""


class DriftOverride(Schema):
    """What is tolerated of one feature."""

    feature: ColumnName
    """Name of the feature, as requests and the reference have it; @prediction and @score are what the model
    says.
    """

    statistic: DriftStatistic = DriftStatistic.PSI
    """The distance. Default PSI, which sees changes everywhere; KS needs numbers."""

    tolerate: Tolerance
    """Drift up to this is no matter, in the unit of the statistic; 0 asks for more than noise."""


DriftWindow = Annotated[Duration, Between.of("12m", "28d", "a window", "choose 1h unless you have a reason")]


class Drift(Schema):
    """Whether predictions and features are surely further from the reference than you tolerate."""

    window: DriftWindow = Duration.parse("1h")
    """How much of the recent past is compared, from 12m to 28d, at most 7d against last week; a verdict needs
    20 predictions for each cell in it, `modelmonitor generate` says how many. Default 1h, as models with some
    traffic allow.
    """

    against: Against = Against.REFERENCE
    """What it is compared with: the reference, or the same hours a week ago, where days and weeks have a
    season. Default Reference.
    """

    false_alarms_per_month: Annotated[Number, Within(above=0, upper=1000, including_upper=True)] = Decimal(1)
    """How many false alarms you accept in 30 days, over all features and looks of this monitor together; as
    many again for each of data quality, fairness, degradation and its trend. Default 1: an alarm that is
    wrong every week is not read.
    """

    prediction: PredictionDrift = PredictionDrift()
    """What is tolerated of the prediction and its score."""

    features: FeatureDrift = FeatureDrift()
    """What is tolerated of each feature."""

    overrides: Annotated[
        tuple[DriftOverride, ...], Field(max_length=100), Apart("feature", ("feature",))
    ] = ()
    """What is tolerated of single features, at most 100; the others are as features says."""
