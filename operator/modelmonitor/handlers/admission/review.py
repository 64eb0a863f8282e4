"""AdmissionReview v1: the question about a pod, and the answer, which is always yes."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from modelmonitor import wire
from modelmonitor.cluster.kinds import Object
from modelmonitor.errors import Problem, SpecInvalid

API_VERSION, KIND = "admission.k8s.io/v1", "AdmissionReview"
LONGEST_WARNING = 240
"""Longer ones the API server cuts off."""
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Review:
    """One question of the API server.

    Attributes
    ----------
    pod
        The pod that is being created; empty where the question is about something else.
    is_trial
        Whether we ourselves try whether the API server asks us.
    """

    uid: str
    namespace: str
    pod: Object
    is_trial: bool = False

    @property
    def monitor(self) -> str:
        """The monitor whose evaluator the pod asks for; empty: none."""
        return str(_under(self.pod, "metadata", "labels").get(wire.LABEL_INJECT) or "")

    @property
    def name(self) -> str:
        """The pod for people: its name, or how it will begin."""
        about = _under(self.pod, "metadata")
        name = str(about.get("name") or about.get("generateName") or "")
        return f"{self.namespace}/{' '.join(name.split())[:253]}"


def read(document: object) -> Review:
    """Read a decoded AdmissionReview.

    Names are checked here, for the API server has not yet done so, and addresses are made of them.

    Raises
    ------
    SpecInvalid
        With what is wrong, if it is none that can be answered.
    """
    request = _under(document, "request")
    found: list[tuple[str, object, str]] = [
        ("apiVersion", _under(document).get("apiVersion"), API_VERSION),
        ("kind", _under(document).get("kind"), KIND),
    ]
    problems = [Problem(where, wanted, repr(got)[:60]) for where, got, wanted in found if got != wanted]
    if not isinstance(request.get("uid"), str) or not request.get("uid"):
        problems.append(Problem("request.uid", "a text", "none"))
    namespace = request.get("namespace", "")
    if not is_name(namespace):
        problems.append(Problem("request.namespace", "the name of a namespace", repr(namespace)[:60]))
    if problems:
        raise SpecInvalid(problems)
    is_trial = wire.LABEL_TRIAL in _under(request, "object", "metadata", "labels")
    return Review(request["uid"], namespace, _created_pod(request), is_trial)


def is_name(value: object) -> bool:
    """Tell whether a value may name a namespace or a monitor."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def allow(review: Review, operations: list[Object] | None = None, warning: str = "") -> Object:
    """Return the answer: the pod may be created, changed like this; whoever creates it is warned."""
    response: Object = {"uid": review.uid, "allowed": True}
    if operations:
        patch = base64.b64encode(json.dumps(operations).encode()).decode()
        response |= {"patchType": "JSONPatch", "patch": patch}
    if warning:
        response["warnings"] = [" ".join(warning.split())[:LONGEST_WARNING]]
    return {"apiVersion": API_VERSION, "kind": KIND, "response": response}


def _created_pod(request: Object) -> Object:
    kind = _under(request, "kind")
    is_pod = (kind.get("group"), kind.get("version"), kind.get("kind")) == ("", "v1", "Pod")
    whole = not request.get("subResource") and request.get("operation") == "CREATE"
    return _under(request, "object") if is_pod and whole else {}


def _under(value: Any, *path: str) -> Object:
    """Return the object at a path; an empty one where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
