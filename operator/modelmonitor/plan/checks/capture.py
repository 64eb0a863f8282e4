"""Whether predictions can be captured as asked: where to look for them, and a container that may start."""

from collections.abc import Iterator

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.api.capture import Capture, Mode, Protocol, Resources
from modelmonitor.errors import Problem
from modelmonitor.plan import scope
from modelmonitor.wire import paths
from modelmonitor.wire.injection import RESOURCES
from modelmonitor.wire.profile import Profile
from modelmonitor.wire.quantity import amount

FIELD = "spec.capture"
_LOCATED = ("features", "prediction", "score", "id")
_SHOWN = 5


def problems(monitor: ModelMonitor, profile: Profile | None) -> Iterator[Problem]:
    """Yield why nothing, or less than what is asked for, would be captured."""
    capture = monitor.spec.capture
    if capture is None:
        return
    if capture.mode is Mode.PROXY and capture.port == wire.PORT_NAME_HTTP:
        expected, remedy = "the name of the model's port", "this one is the evaluator's own"
        yield Problem(f"{FIELD}.port", expected, capture.port, remedy)
    if capture.protocol is Protocol.JSON:
        yield from _of_json(monitor, capture)
    if capture.mode is Mode.SDK:
        yield from _of_requests(monitor)
    yield from _unnamed(capture, profile)
    yield from _resources(capture.resources)


def _of_json(monitor: ModelMonitor, capture: Capture) -> Iterator[Problem]:
    columns = capture.columns
    for field in _LOCATED:
        text = getattr(columns, field)
        if text is not None and paths.path(text) is None:
            yield Problem(f"{FIELD}.columns.{field}", "a path such as data[*].score", repr(text))
    looked_at = monitor.spec.drift or scope.is_judged(monitor)
    if capture.mode is not Mode.SDK and looked_at and columns.prediction is columns.score is None:
        remedy = "Json has no place of its own for it: say where it is in the response"
        yield Problem(f"{FIELD}.columns", "a path of the prediction or of the score", "neither", remedy)


def _of_requests(monitor: ModelMonitor) -> Iterator[Problem]:
    """Refuse objectives on requests that no evaluator sees."""
    for position, objective in enumerate(monitor.spec.objectives):
        availability, latency = objective.sli.availability, objective.sli.latency
        own = "counter" if availability and not availability.counter else ""
        own = "histogram" if latency and not latency.histogram else own
        if own:
            kind = "availability" if availability else "latency"
            remedy = f"name a {own} of your own, or choose mode Proxy"
            path = f"spec.objectives[{position}].sli.{kind}"
            yield Problem(path, "requests that an evaluator sees", "mode Sdk, which tells rows", remedy)


def _unnamed(capture: Capture, profile: Profile | None) -> Iterator[Problem]:
    """Refuse names of columns among which a feature of the reference lacks: it would count as missing."""
    named = capture.columns.names
    lacking = [it.name for it in profile.columns if it.name not in named] if profile and named else []
    if lacking:
        more = ", …" if len(lacking) > _SHOWN else ""
        got = f"none for {', '.join(lacking[:_SHOWN])}{more}"
        remedy = "name every column that the model is given, in its order"
        yield Problem(f"{FIELD}.columns.names", "all features of the reference", got, remedy)


def _resources(resources: Resources) -> Iterator[Problem]:
    """Refuse what the API server would refuse in each pod, and what autoscalers could not do without."""
    path, requests, limits = f"{FIELD}.resources", resources.requests, resources.limits
    for kind, wanted in (("requests", requests), ("limits", limits)):
        for name in wanted.keys() - set(RESOURCES):
            yield Problem(f"{path}.{kind}.{name}", f"one of {', '.join(RESOURCES)}", name, "remove it")
    for name in ("cpu", "memory"):
        if name not in requests:
            remedy = "an autoscaler that goes by utilisation needs it of every container"
            yield Problem(f"{path}.requests.{name}", "a request", "none", remedy)
    for name in sorted(requests.keys() & limits.keys()):
        if amount(requests[name]) > amount(limits[name]):
            expected = f"at most the limit, {limits[name]}"
            yield Problem(f"{path}.requests.{name}", expected, requests[name], "no pod could be created")
