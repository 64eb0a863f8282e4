"""How predictions are captured: the evaluator beside the model, and what it is told of the model's protocol.

The docstring under a field becomes its description in the CRD.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelmonitor.api.checks import Apart, Text, Within
from modelmonitor.api.fields import Schema, Whole, WithoutNulls
from modelmonitor.api.model import LocalRef
from modelmonitor.api.quantity import Quantity
from modelmonitor.wire.config import Mode, Protocol

__all__ = ["Capture", "Columns", "Injection", "Mode", "Protocol", "Resources", "Restart"]

_PORT = Text(
    "the name of a container port: a-z, 0-9 and - with at least one letter, at most 15 characters",
    15,
    "^([a-z0-9]+-)*[a-z0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*$",
    remedy="name the port in the pod template and let the Service target the name",
)
_PATH = Text("a path that begins with /, * for anything but a slash, at most 253 characters", 253, "^/[^ ]*$")
_WHERE = Text("the name of a column, or a path such as data[*].age, of 1 to 253 characters", 253)
_RESOURCE = Text("the name of a resource, such as cpu or memory", 63, "^[a-z0-9]([-a-z0-9./]*[a-z0-9])?$")


class Restart(StrEnum):
    """Whether the operator may roll the pods of the target, which is what injection takes."""

    AUTO = "Auto"
    NEVER = "Never"


class Injection(StrEnum):
    """Who adds the evaluator to the pods."""

    WEBHOOK = "Webhook"
    NONE = "None"


class Columns(Schema):
    """Where things are in requests and responses: names or, with protocol Json, paths such as data[*].age."""

    prediction: Annotated[str, _WHERE] | None = None
    """Where the predicted class, number or ranked items are in the response. Default: what looks like it."""

    score: Annotated[str, _WHERE] | None = None
    """Where the score or the scores are in the response. Default: what looks like them."""

    id: Annotated[str, _WHERE] | None = None
    """Where the prediction id is, in the request or else in the response. Default: headers such as
    X-Request-Id, and what the protocol has.
    """

    features: Annotated[str, _WHERE] | None = None
    """Where the features are in a request (protocol Json), as objects or as lists in the order of names."""

    names: Annotated[tuple[Annotated[str, _WHERE], ...], Field(max_length=500), Apart("name")] = ()
    """Names of features that come without, such as the columns of one tensor, at most 500. Default: those of
    the reference, in its order.
    """


class Resources(Schema):
    """What the evaluator's container asks for and may have, as in a pod."""

    requests: Annotated[Mapping[Annotated[str, _RESOURCE], Quantity], Field(max_length=10), WithoutNulls] = {
        "cpu": "50m",
        "memory": "64Mi",
    }
    """Requests of the container. Default cpu 50m and memory 64Mi; never none, for an autoscaler that goes by
    utilisation needs them.
    """

    limits: Annotated[Mapping[Annotated[str, _RESOURCE], Quantity], Field(max_length=10), WithoutNulls] = {
        "memory": "128Mi"
    }
    """Limits of the container. Default memory 128Mi and no cpu, for a throttled evaluator would slow the
    model down.
    """


MaxSeries = Annotated[Whole, Within(above=1, upper=100_000, including_lower=True, including_upper=True)]
MaxBody = Annotated[Whole, Within(above=1024, upper=1 << 27, including_lower=True, including_upper=True)]


class Capture(Schema):
    """The evaluator beside the model: how predictions reach it."""

    mode: Mode = Mode.PROXY
    """Proxy: callers connect to the evaluator, which passes every byte on; CloudEvents: the payload logger of
    KServe or Seldon sends to it; Sdk: the model's own code tells it. Default Proxy, because it needs no
    change of the model.
    """

    protocol: Protocol = Protocol.OPEN_INFERENCE
    """Form of requests and responses: OpenInference (KServe v2), KServeV1, MLflow or Json. Default
    OpenInference, which most model servers speak.
    """

    columns: Columns = Columns()
    """Where to look in requests and responses."""

    port: Annotated[str, _PORT] = "http"
    """Name of the container port that Services target (mode Proxy); it moves to the evaluator, no Service
    changes. Default http.
    """

    paths: Annotated[tuple[Annotated[str, _PATH], ...], Field(max_length=20), Apart("path")] = ()
    """Paths of predictions, * for anything but a slash, at most 20; all others pass through and are counted
    apart. Default: those of the protocol; Json has none of its own.
    """

    restart: Restart = Restart.AUTO
    """Auto: the operator rolls the pods of the target, once, for the evaluator to be added; Never: you put
    the label modelmonitor.dev/inject on the pod template yourself. Default Auto.
    """

    injection: Injection = Injection.WEBHOOK
    """Webhook: the operator adds the evaluator to the pods; None: you add the container yourself, which
    `modelmonitor generate --sidecar` prints. Default Webhook.
    """

    token_secret_ref: LocalRef | None = None
    """Secret whose key token must be shown by whoever reads along what is captured, features included, as
    `modelmonitor init --profile-traffic` does. Default: that of labels; without either, nobody may.
    """

    resources: Resources = Resources()
    """Resources of the evaluator's container."""

    max_series: MaxSeries = 2000
    """How many series a pod may expose, from 1 to 100000; a monitor that needs more is refused. Default 2000,
    what a hundred pods may cost a small Prometheus.
    """

    max_body_bytes: MaxBody = 1 << 20
    """Bodies of more bytes pass unparsed and are counted, from 1024 to 134217728. Default 1048576, because
    decoding larger ones would hold requests up.
    """
