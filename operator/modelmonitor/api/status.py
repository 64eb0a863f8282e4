"""The status of a ModelMonitor: what the operator reports, in at most 16 KiB."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from modelmonitor.api.checks import Apart, Json, Named, Text
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import Name, Number, Schema

LARGEST_STATUS = 16 * 1024
LONGEST_MESSAGE = 1024
LONGEST_ADAPTATION = 200
LONGEST_COLUMN = 63
MOST_DRIFTS = 10


def _up_to(longest: int) -> BeforeValidator:
    """Shorten text: a message that is too long must not keep the operator from reporting."""

    def shorten(text: Any) -> Any:
        return f"{text[: longest - 1]}…" if isinstance(text, str) and len(text) > longest else text

    return BeforeValidator(shorten)


def _in_seconds(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Timestamp = Annotated[
    AwareDatetime,
    PlainSerializer(_in_seconds, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Message = Annotated[str, Text("a message", LONGEST_MESSAGE, shortest=0), _up_to(LONGEST_MESSAGE)]
Adaptation = Annotated[str, Text("what was adapted", LONGEST_ADAPTATION), _up_to(LONGEST_ADAPTATION)]
Generation = Annotated[int, Field(ge=0, json_schema_extra={"format": "int64"})]
CamelCase = Annotated[str, Text("a CamelCase word", 32, "^[A-Z][A-Za-z0-9]*$")]
Measurement = Annotated[
    Number, PlainSerializer(lambda it: round(float(it), 6), return_type=float, when_used="json")
]
Column = Annotated[str, Text("text of a printer column", 32, shortest=0)]
Feature = Annotated[str, Text("the name of a column", LONGEST_COLUMN), _up_to(LONGEST_COLUMN)]


class ConditionStatus(StrEnum):
    """Whether a condition holds."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class ObjectiveState(StrEnum):
    """How an objective stands; without data it is never Met."""

    MET = "Met"
    AT_RISK = "AtRisk"
    BREACHED = "Breached"
    NO_DATA = "NoData"


class DriftState(StrEnum):
    """Whether a column has drifted; too few rows are no verdict."""

    DRIFT = "Drift"
    NONE = "None"
    NO_DATA = "NoData"


class Reported(Schema):
    """Base of what the operator reports; what another version reported besides is not ours to judge."""

    model_config = ConfigDict(extra="ignore")


class Condition(Reported):
    """One aspect of the monitor's state, as everywhere in Kubernetes."""

    type: CamelCase
    """What the condition is about, such as Ready."""

    status: ConditionStatus
    """Whether it holds: True, False or Unknown."""

    reason: CamelCase
    """Why, in one CamelCase word for programs."""

    message: Message
    """Why, in a sentence for people, with what to do; at most 1024 characters."""

    last_transition_time: Timestamp
    """When the status last changed."""

    observed_generation: Generation = 0
    """Generation of the spec that the condition speaks of."""


class ObjectiveStatus(Reported):
    """How one objective stands."""

    name: Name
    """Name of the objective."""

    state: ObjectiveState
    """Met, AtRisk (an alert fires), Breached (the budget is spent) or NoData."""

    reason: CamelCase | None = None
    """Why there is no data, such as NoTraffic, NoLabels or Insufficient; absent with data."""

    sli: Measurement | None = None
    """Percent of good events over the objective's window; absent without data."""

    budget_remaining: Measurement | None = None
    """Share of the error budget that is left: 1 is all of it, below 0 is overspent; absent without data."""

    since: Timestamp
    """When the state last changed."""


class DriftStatus(Reported):
    """How far one column is from what it is compared with."""

    feature: Feature
    """Name of the feature; @prediction and @score are those."""

    statistic: CamelCase | None = None
    """The distance: PSI, JS, KS or ChiSquared; absent without a verdict."""

    value: Measurement | None = None
    """The distance, in the unit of the statistic; absent without a verdict."""

    critical: Measurement | None = None
    """The distance beyond which drift is surely larger than tolerated; absent without a verdict."""

    samples: Annotated[int, Field(ge=0, json_schema_extra={"format": "int64"})] | None = None
    """Predictions in the window that the verdict rests on."""

    state: DriftState
    """Drift, None or NoData."""

    reason: CamelCase | None = None
    """Why there is no verdict: Insufficient, which is too few predictions; absent with one."""


class LabelsStatus(Reported):
    """How much of the truth is known, and how late it comes."""

    coverage: Measurement | None = None
    """Share of the mature predictions that have a label, 0 to 1; absent when none has matured."""

    lag_p50: Duration | None = None
    """Half of the labels came within this time."""


class EvaluatorsStatus(Reported):
    """How many pods of the target have an evaluator."""

    injected: Annotated[int, Field(ge=0, json_schema_extra={"format": "int32"})] = 0
    """Pods of the target that have an evaluator."""

    pods: Annotated[int, Field(ge=0, json_schema_extra={"format": "int32"})] = 0
    """All pods of the target."""

    evicted_at: Timestamp | None = None
    """When a pod without an evaluator was last evicted, for one with it to come; absent when all have one."""


class Child(Reported):
    """One object that the operator applied."""

    kind: CamelCase
    """Kind of the object."""

    name: Annotated[str, Text("the name of an object", 63)]
    """Name of the object, in the namespace of the monitor."""

    hash: Annotated[str, Text("a hash in hexadecimal digits", 32, "^[0-9a-f]+$")]
    """Hash of the content as it was applied; the object is applied again when it differs."""


class Summary(Reported):
    """What `kubectl get` prints, as text because printer columns cannot compute."""

    health: Column = ""
    """Worst state of all objectives."""

    objectives: Column = ""
    """Objectives that are met, of all, such as 3/4."""

    budget: Column = ""
    """Smallest share of an error budget that is left, such as 42%."""

    drift: Column = ""
    """Columns that have drifted, of those with a verdict, such as 3 of 22; none, or no data."""


class ModelMonitorStatus(Reported):
    """What the operator did and saw."""

    observed_generation: Generation = 0
    """Generation of the spec that this status speaks of."""

    conditions: Annotated[tuple[Condition, ...], Field(max_length=20), Apart("condition", ("type",))] = ()
    """Aspects of the monitor's state; Ready sums them up."""

    objectives: Annotated[tuple[ObjectiveStatus, ...], Field(max_length=50), Named("objective")] = ()
    """How each objective stands."""

    drift: Annotated[tuple[DriftStatus, ...], Field(max_length=MOST_DRIFTS)] = ()
    """The columns that have drifted, worst first, at most 10; where fewer have, those that are furthest."""

    labels: LabelsStatus | None = None
    """How much of the truth is known; absent where the spec asks for no quality."""

    evaluators: EvaluatorsStatus | None = None
    """How many pods have an evaluator; absent where the spec captures nothing."""

    children: Annotated[tuple[Child, ...], Field(max_length=20)] = ()
    """Objects that the operator applied for this monitor."""

    adaptations: Annotated[tuple[Adaptation, ...], Field(max_length=50)] = ()
    """What was adapted in the burn-rate alerts, and why."""

    summary: Summary = Summary()
    """What `kubectl get` prints."""

    def to_object(self) -> Json:
        """Give the status as the API takes it: what is worth least gives way to the limit, and that first."""
        status: Json = self.model_dump(mode="json", exclude_none=True)
        for shorten in _SHORTER:
            while _size(status) > LARGEST_STATUS and shorten(status):
                pass
        return status


def _pop(part: str, fewest: int = 0) -> Callable[[Json], bool]:
    """Make what takes the last entry of a list away, and tells whether there was one to take."""
    return lambda status: len(status[part]) > fewest and status[part].pop() is not None


def _cut(longest: int) -> Callable[[Json], bool]:
    """Make what cuts the messages of conditions to a length, once."""

    def cut(status: Json) -> bool:
        found = [one for one in status["conditions"] if len(one["message"]) > longest]
        for condition in found:
            condition["message"] = condition["message"][:longest]
        return bool(found)

    return cut


def _forget_reason(status: Json) -> bool:
    return any(one.pop("reason", None) for one in status["objectives"])


_SHORTER = (
    _pop("adaptations"), _pop("drift", 3), _cut(256), _cut(64), _cut(0), _pop("drift"), _forget_reason
)  # fmt: skip


def _size(status: Json) -> int:
    return len(json.dumps(status, ensure_ascii=False).encode())
