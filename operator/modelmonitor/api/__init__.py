"""The nouns of the API: `parse` turns what a user wrote into a `ModelMonitor`, or says all that is wrong with it."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from modelmonitor import wire
from modelmonitor.api.fields import DNS_LABEL, Schema
from modelmonitor.api.v1alpha1 import ModelMonitor, ModelMonitorSpec
from modelmonitor.errors import Problem, SpecInvalid

__all__ = ["ModelMonitor", "ModelMonitorSpec", "parse"]

_ENVELOPE = {"apiVersion", "kind", "metadata", "spec", "status"}


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
    problems = _envelope(body)
    metadata = body.get("metadata") if isinstance(body.get("metadata"), Mapping) else {}
    try:
        spec = ModelMonitorSpec.model_validate(body.get("spec") or {})
    except ValidationError as error:
        problems += [_problem(entry) for entry in error.errors(include_url=False)]
    if problems:
        raise SpecInvalid(problems)
    return ModelMonitor(
        namespace=metadata.get("namespace") or namespace,
        name=metadata["name"],
        spec=spec,
        uid=metadata.get("uid", ""),
        generation=metadata.get("generation", 0),
        annotations=metadata.get("annotations") or {},
    )


def _envelope(body: Mapping[str, Any]) -> list[Problem]:
    problems = [
        Problem(key, expected, _show(body.get(key)))
        for key, expected in (("apiVersion", wire.API_VERSION), ("kind", wire.KIND))
        if body.get(key) != expected
    ]
    problems += [
        Problem(key, f"one of {', '.join(sorted(_ENVELOPE))}", f"the unknown field {key!r}", _nearest(key, _ENVELOPE))
        for key in body
        if key not in _ENVELOPE
    ]
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    if not isinstance(name, str) or not re.match(DNS_LABEL, name) or len(name) > 40:
        got = f"{name!r} of {len(name)} characters" if isinstance(name, str) else _show(name)
        problems.append(
            Problem(
                "metadata.name",
                "a DNS label of at most 40 characters (a-z, 0-9, -)",
                got,
                "shorten it: the names of rules and dashboards are made from it",
            )
        )
    return problems


def _problem(error: Any) -> Problem:
    path, kind, context = _path(error["loc"]), error["type"], error.get("ctx", {})
    got = _show(error["input"])
    if kind == "extra_forbidden":
        known = _known_fields(error["loc"][:-1])
        field = str(error["loc"][-1])
        return Problem(path, f"one of {', '.join(known)}", f"the unknown field {field!r}", _nearest(field, known))
    if kind == "missing":
        return Problem(path, "a value", "nothing", "this field is required")
    if kind == "problem":
        return Problem(path, context.get("expected", error["msg"]), got, context.get("remedy", ""))
    return Problem(path, _EXPECTED[kind].format(**context) if kind in _EXPECTED else error["msg"], got)


_EXPECTED = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "enum": "one of {expected}",
    "greater_than": "a number above {gt}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "mapping_type": "a mapping",
    "dict_type": "a mapping",
    "model_type": "a mapping with the fields of {class_name}",
    "model_attributes_type": "a mapping",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} characters",
    "string_type": "text",
    "too_long": "at most {max_length} entries",
    "too_short": "at least {min_length} entries",
    "tuple_type": "a list",
}


def _path(location: Sequence[str | int]) -> str:
    path = "spec"
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path


def _known_fields(location: Sequence[str | int]) -> list[str]:
    """Return the field names, as users write them, of the model at a location."""
    model: type[Schema] = ModelMonitorSpec
    for step in location:
        if isinstance(step, str):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            model = next(_models(fields[step].annotation))
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Schema):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def _nearest(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else "remove it"


def _show(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return f"a mapping with {', '.join(map(str, value)) or 'nothing in it'}"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"
