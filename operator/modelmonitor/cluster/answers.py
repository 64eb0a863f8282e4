"""What an answer of the Kubernetes API means: an object, nothing, or one of our errors with a remedy."""

import json
import re
from dataclasses import dataclass
from typing import Any

from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.errors import (
    ClusterError,
    Conflict,
    FieldTaken,
    Forbidden,
    KindMissing,
    Protected,
    Unreachable,
)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, in the words of RBAC."""

    verb: str
    kind: Kind
    namespace: str | None
    name: str = ""
    subresource: str = ""

    @property
    def resource(self) -> str:
        """Name what a role has to allow."""
        plural, dot, group = self.kind.resource.partition(".")
        return f"{plural}{'/' if self.subresource else ''}{self.subresource}{dot}{group}"

    @property
    def where(self) -> str:
        """Say where: in a namespace, in all, or outside of any."""
        if not self.kind.namespaced:
            return "in the cluster"
        return f"in namespace {self.namespace}" if self.namespace else "in all namespaces"

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}{f' {self.name}' if self.name else ''} {self.where}"


def read(request: Request, code: int, body: bytes) -> Object | None:
    """Return the object of an answer; None when there is no such object.

    Raises
    ------
    ClusterError
        Of the class that fits, for every answer that is not an object.
    """
    if code < 300:
        return _object(request, body)
    status = _status(body)
    details: Object = status.get("details") or {}
    if code == 404:
        _refuse_unless_absent(request, details)
        return None
    raise _error(
        request, code, str(status.get("message", "")) or body[:200].decode(errors="replace"), details
    )


def light(found: Object) -> Object:
    """Leave of the fields that a manager set the outermost alone; for `object_hook` of JSON.

    Of lists of objects, these trees would be the larger half in memory, and nobody asks for more of them.

    >>> json.loads('{"fieldsV1": {"f:spec": {"f:replicas": {}}}}', object_hook=light)
    {'fieldsV1': {'f:spec': {}}}
    """
    if isinstance(fields := found.get("fieldsV1"), dict):
        found["fieldsV1"] = {name: {} for name in fields}
    return found


def _object(request: Request, body: bytes) -> Object:
    try:
        found: Object = json.loads(body, object_hook=light if request.verb in {"list", "watch"} else None)
    except ValueError as error:
        got = body[:80].decode(errors="replace")
        raise Unreachable(f"{request}: expected JSON of the Kubernetes API, got {got!r}") from error
    return found


def _status(body: bytes) -> dict[str, Any]:
    try:
        status = json.loads(body)
    except ValueError:
        return {}
    return status if isinstance(status, dict) else {}


def _refuse_unless_absent(request: Request, details: Object) -> None:
    """Tell an absent object, of which the API gives details, from a kind that it does not serve."""
    if not details.get("kind"):
        raise KindMissing(
            f"{request}: expected the API to serve {request.kind.api_version}, got 404; install its CRD"
        )
    if details["kind"] == "namespaces" and details.get("name") == request.namespace:
        raise ClusterError(f"{request}: expected the namespace, got none; it was deleted")


def _error(request: Request, code: int, message: str, details: Object) -> ClusterError:
    said = f"{request}: expected the API to do it, got {code}: {message}"
    causes = {cause.get("reason") for cause in details.get("causes", ())}
    if "NamespaceTerminating" in causes:
        return ClusterError(f"{said}; nothing is left to do there")
    if code in {401, 403}:
        return _forbidden(request, code, message)
    if code in {409, 410}:
        return _conflict(said, causes)
    if code == 429 or code >= 500:
        return (Protected if "DisruptionBudget" in causes else Unreachable)(said)
    return ClusterError(said)


def _forbidden(request: Request, code: int, message: str) -> Forbidden:
    """Name the verb that is missing: an apply may need to create."""
    if code == 401:
        said = f"{request}: expected credentials that the API takes, got {code}"
        return Forbidden(said, "look at the operator's ServiceAccount")
    verb = (re.search(r" cannot (\w+) resource ", message) or [request.verb] * 2)[1]
    who = (re.search(r'User "([^"]+)"', message) or [""] * 2)[1]
    said = f"expected permission to {verb} {request.resource} {request.where}, got {code}"
    return Forbidden(said, "grant it to the operator's ServiceAccount", who)


def _conflict(said: str, causes: set[Any]) -> Conflict:
    if "FieldManagerConflict" in causes:
        return FieldTaken(f"{said}; let its manager leave the field to us, or set what it says yourself")
    return Conflict(said)
