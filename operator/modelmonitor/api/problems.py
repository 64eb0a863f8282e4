"""What pydantic found wrong, in the words of this project: one `Problem` for each mistake."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from modelmonitor.api.fields import Schema
from modelmonitor.errors import Problem

_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "enum": "one of {expected}",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "invalid_key": "a field name as text",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "string_type": "text",
    "too_long": "a list of at most {max_length}",
    "too_short": "a list of at least {min_length}",
    "tuple_type": "a list",
}
_SHOWN = 60
_SHORT = 32
_REMEDIES = {"invalid_key": "quote it; if it is a decimal comma, write a point"}


def problems_of(error: ValidationError, model: type[Schema], root: str) -> list[Problem]:
    """Translate each error of a model; `root` is where the model's data lies in the object, such as spec."""
    found = [entry for entry in error.errors(include_url=False) if not _follows_from_another(entry)]
    return [_problem(entry, model, root) for entry in found]


def unknown_field(path: str, field: str, known: Iterable[str]) -> Problem:
    """Say that there is no such field, and which one may have been meant."""
    known = list(known)
    remedy = meant(field, known) or "remove it"
    return Problem(path, f"one of {', '.join(known)}", f"the unknown field {field!r}", remedy)


def show(value: Any) -> str:
    """Give a value as it appears in a message: short, and the same on every run."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        given = [str(key) for key, it in value.items() if it is not None]
        return f"a mapping with {', '.join(given) or 'nothing in it'}"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    if not isinstance(value, str) or len(value) <= _SHORT:
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…{text[0]}"
    return f"{shown} of {len(value)} characters"


def meant(word: str, known: Sequence[str]) -> str:
    """Ask whether a known word was meant; an empty text if none is close."""
    lower = {it.lower(): it for it in known}
    close = difflib.get_close_matches(word.lower(), lower, n=1)
    return f"did you mean {lower[close[0]]!r}?" if close else ""


def _follows_from_another(entry: ErrorDetails) -> bool:
    """Tell whether a list is called too short only because its bad entries were not counted."""
    return entry["type"] == "too_short" and len(entry["input"]) >= entry["ctx"]["min_length"]


def _problem(entry: ErrorDetails, model: type[Schema], root: str) -> Problem:
    steps, kind, context = _steps(entry["loc"]), entry["type"], entry.get("ctx", {})
    path = root + "".join(map(_step, steps))
    if kind == "extra_forbidden":
        return unknown_field(path, str(steps[-1]), _model_at(model, steps[:-1]).aliases())
    if kind == "missing":
        return Problem(path, "a value", "nothing", "this field is required")
    got = show(entry["input"])
    if kind == "problem":
        return Problem(path, context["expected"], got, context["remedy"])
    expected = _EXPECTED[kind].format(**context) if kind in _EXPECTED else entry["msg"]
    if kind == "enum":
        return Problem(path, expected, got, meant(str(entry["input"]), re.findall("'([^']*)'", expected)))
    return Problem(path, expected, got, _quotes(kind, entry["input"]) or _REMEDIES.get(kind, ""))


def _quotes(kind: str, value: Any) -> str:
    """Ask for quotes where YAML took a text for something else: 1, yes and no are none to it."""
    if kind == "invalid_key" and isinstance(value, bool):
        return "quote it: to YAML, on, yes, off and no are truth values"
    return "quote it" if kind == "string_type" and isinstance(value, bool | int | float) else ""


def _steps(location: Sequence[str | int]) -> list[str | int]:
    return [step for step in location if step != "[key]"]  # pydantic's mark of a problem with a key


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch("[A-Za-z][A-Za-z0-9_]*", step) else f"[{step!r}]"


def _model_at(model: type[Schema], steps: Sequence[str | int]) -> type[Schema]:
    for step in steps:
        if isinstance(step, str):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            model = next(_models(fields[step].annotation))
    return model


def _models(annotation: Any) -> Iterator[type[Schema]]:
    if isinstance(annotation, type) and issubclass(annotation, Schema):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)
