"""The nouns of the API: `parse` turns what a user wrote into a `ModelMonitor`, or says all that is wrong."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, ValidationError

from modelmonitor import wire
from modelmonitor.api.checks import Text
from modelmonitor.api.fields import DNS_LABEL, Name, Schema
from modelmonitor.api.problems import problems_of, show, unknown_field
from modelmonitor.api.v1alpha1 import ModelMonitor, ModelMonitorSpec
from modelmonitor.errors import Problem, SpecInvalid

__all__ = ["ModelMonitor", "ModelMonitorSpec", "parse"]

_Part = TypeVar("_Part", bound=Schema)
_ENVELOPE = ("apiVersion", "kind", "metadata", "spec", "status")


class _Metadata(Schema):
    """What we read of an object's metadata."""

    model_config = ConfigDict(extra="ignore")

    name: Name
    namespace: Annotated[str, Text("the name of a namespace: a DNS label", 63, DNS_LABEL)] | None = None
    uid: str = ""
    generation: int = 0
    annotations: Mapping[str, str] = {}


def parse(body: Mapping[str, Any], *, namespace: str = "default") -> ModelMonitor:
    """Read a ModelMonitor object.

    Parameters
    ----------
    body
        The object as decoded from YAML or JSON.
    namespace
        The namespace of an object that names none.

    Raises
    ------
    SpecInvalid
        With every problem of the object at once.
    """
    if not isinstance(body, Mapping):
        remedy = "write a mapping with apiVersion, kind, metadata and spec"
        raise SpecInvalid([Problem("", f"a {wire.KIND} object", show(body), remedy)])
    problems = _envelope(body)
    metadata = _read(_Metadata, body, "metadata", problems)
    spec = _read(ModelMonitorSpec, body, "spec", problems)
    if problems or not metadata or not spec:
        raise SpecInvalid(problems)
    return ModelMonitor(
        namespace=metadata.namespace or namespace,
        name=metadata.name,
        spec=spec,
        uid=metadata.uid,
        generation=metadata.generation,
        annotations=metadata.annotations,
    )


def _envelope(body: Mapping[str, Any]) -> list[Problem]:
    problems = [
        Problem(field, expected, show(body.get(field)))
        for field, expected in (("apiVersion", wire.API_VERSION), ("kind", wire.KIND))
        if body.get(field) != expected
    ]
    return problems + [unknown_field(str(it), str(it), _ENVELOPE) for it in body if it not in _ENVELOPE]


def _read(model: type[_Part], body: Mapping[str, Any], field: str, problems: list[Problem]) -> _Part | None:
    """Read one part of the object; None if that is impossible, and then the problems say why."""
    given = body.get(field)
    if not isinstance(given, Mapping):
        required = " and ".join(
            it.alias or name for name, it in model.model_fields.items() if it.is_required()
        )
        problems.append(Problem(field, f"a mapping with {required}", show(given), "this field is required"))
        return None
    try:
        return model.model_validate(given, by_alias=True, by_name=False)
    except ValidationError as error:
        problems += problems_of(error, model, field)
        return None
