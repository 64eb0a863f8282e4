"""The model of modelmonitor.dev/v1alpha1: what it predicts, its reference, and how it learns the truth.

The docstring under a field becomes its description in the CRD.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from modelmonitor.api.checks import Apart, Between, Within
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import ClassName, ColumnName, Inside, Number, ObjectName, Schema, Whole
from modelmonitor.wire.config import Task

_Cost = Annotated[Number, Within(above=0, upper=1_000_000_000, including_upper=True, including_lower=True)]
_Depth = Annotated[Whole, Within(above=1, upper=1000, including_upper=True, including_lower=True)]


class Costs(Schema):
    """What a wrong prediction costs, in a currency of your own."""

    false_positive: _Cost
    """Cost of a prediction of the positive class that was wrong, 0 or more."""

    false_negative: _Cost
    """Cost of a case of the positive class that was missed, 0 or more."""


class Model(Schema):
    """What the model predicts, and how that is judged."""

    task: Task
    """Kind of prediction; required, because it decides which quality metrics have a meaning."""

    classes: Annotated[tuple[ClassName, ...], Field(max_length=100), Apart("class")] = ()
    """Names of the classes in the order of a score vector, at most 100; all others count as one. Default:
    those of the reference; of a binary model without one 0 and 1.
    """

    positive_class: ClassName = "1"
    """The class that is looked for: of two classes, a score is its probability; of many, fairness compares
    how often it is predicted. Default 1, as most data sets have it.
    """

    decision_threshold: Inside = Decimal("0.5")
    """Where the model sends scores and no class, a score of at least this much is the positive class; above
    0 and below 1. Default 0.5, as most models have it.
    """

    thresholds: Annotated[tuple[Inside, ...], Field(max_length=20), Apart("threshold")] = (
        Decimal("0.3"),
        Decimal("0.5"),
        Decimal("0.7"),
    )
    """Scores at which precision, recall and F1 are told beside the decision threshold, above 0 and below 1,
    at most 20. Default 0.3, 0.5 and 0.7, to see what another decision would bring.
    """

    ranking_depths: Annotated[tuple[_Depth, ...], Field(min_length=1, max_length=10), Apart("depth")] = (
        5,
        10,
    )
    """K of NDCG@K and its kin (task Ranking), 1 to 1000, at most 10 of them. Default 5 and 10, what fits on a
    screen.
    """

    costs: Costs | None = None
    """What wrong predictions of a binary model cost; left out: no cost is told."""

    segments: Annotated[tuple[ColumnName, ...], Field(max_length=20), Apart("segment")] = ()
    """Columns whose values, declared by the reference, get quality metrics of their own, at most 20; of each
    at most 20 values. Default: none, because each value costs as many series as the whole.
    """

    protected_attributes: Annotated[tuple[ColumnName, ...], Field(max_length=10), Apart("attribute")] = ()
    """Columns whose values, declared by the reference, are compared for fairness, at most 10; of each at most
    20 values. Default: none.
    """


class LocalRef(Schema):
    """An object in the namespace of the monitor."""

    name: ObjectName
    """Name of the object, in the namespace of the monitor."""


class Reference(Schema):
    """Where the reference is."""

    config_map_ref: LocalRef
    """ConfigMap with the profile that `modelmonitor profile` writes, under the key profile.json."""


class Redis(Schema):
    """A Redis that all replicas share."""

    secret_ref: LocalRef
    """Secret whose key url is the address, such as rediss://:password@host:6379/0."""


class Store(Schema):
    """Where predictions wait for their labels."""

    redis: Redis
    """A Redis that all replicas share; it outlives restarts, too."""


Maturity = Annotated[Duration, Between.of("1s", "366d", "a maturity")]


class Labels(Schema):
    """How predictions wait for the truth."""

    maturity: Maturity = Duration.parse("24h")
    """How long a label may take before its prediction counts as unlabelled, from 1s to 366d; quality is told
    of predictions of this age, for fast labels alone would bias it. Default 24h, a day of feedback.
    """

    implicit: ClassName | None = None
    """What silence until maturity means, such as the class of those who did not click. Default: nothing, the
    prediction stays unlabelled.
    """

    sampling: Annotated[Number, Within(above=0, upper=1, including_upper=True)] = Decimal(1)
    """Share of the prediction ids that wait for a label, above 0 and up to 1, chosen by their hash: the same
    on all replicas. Default 1: all of them.
    """

    store: Store | None = None
    """Where predictions wait. Default: in the memory of the evaluator, which is right for one replica."""

    token_secret_ref: LocalRef | None = None
    """Secret whose key token must be shown by whoever sends labels. Default: anybody may."""
