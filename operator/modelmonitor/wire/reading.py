"""From JSON to frozen dataclasses and back: camelCase outside, snake_case inside, every problem at once."""

import dataclasses
import enum
import math
import re
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from modelmonitor.errors import Problem, SpecInvalid

T = typing.TypeVar("T")
MOST_BITS = 1024
"""A whole number of as many may be too large for a double."""
_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a finite number",
    str: "a text",
    dict: "an object",
    list: "a list",
}


def read(form: type[T], document: object, where: str = "") -> T:
    """Build a dataclass from a decoded JSON document.

    Raises
    ------
    SpecInvalid
        With all problems: unknown and missing fields, wrong types; and those that the dataclass itself finds
        (`problems()`), each under its path.
    """
    found: list[Problem] = []
    value = _object(form, document, where, found)
    if found:
        raise SpecInvalid(sorted(found))
    return typing.cast("T", value)


def write(value: object) -> Any:
    """Return what `read` takes: plain JSON types, without fields that have their default."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            camel(field.name): write(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.init and getattr(value, field.name) != _default(field)
        }
    if isinstance(value, Mapping):
        return {str(key): write(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [write(inner) for inner in value]
    return value.value if isinstance(value, enum.Enum) else value


def camel(name: str) -> str:
    """Write a field's name as JSON has it: `max_body_bytes` is `maxBodyBytes`."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


@cache
def _fields(form: type) -> dict[str, tuple[dataclasses.Field[Any], Any]]:
    hints = typing.get_type_hints(form)
    return {camel(field.name): (field, hints[field.name]) for field in dataclasses.fields(form) if field.init}


def _object(form: type, document: object, where: str, found: list[Problem]) -> object:
    if not isinstance(document, Mapping):
        found.append(Problem(where, "an object", _shown(document)))
        return None
    fields, before, values = _fields(form), len(found), {}
    for key in document.keys() - fields.keys():
        known = f"one of {', '.join(sorted(fields))}"
        found.append(Problem(_under(where, key), known, "an unknown field", "remove it or correct its name"))
    for key, (field, hint) in fields.items():
        if key in document:
            values[field.name] = _value(hint, document[key], _under(where, key), found)
        elif _default(field) is dataclasses.MISSING:
            found.append(Problem(_under(where, key), _expected(hint), "nothing", "add it"))
    if len(found) > before:
        return None
    built = form(**values)
    found += _own_problems(built, where)
    return built


def _own_problems(built: object, where: str) -> Iterator[Problem]:
    for problem in getattr(built, "problems", tuple)():
        yield dataclasses.replace(problem, path=_under(where, problem.path) if problem.path else where)


def _value(hint: Any, value: object, where: str, found: list[Problem]) -> object:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (one for one in arguments if one is not type(None))
        return None if value is None else _value(inner, value, where, found)
    if origin in (tuple, dict):
        return (
            _items(arguments[0], value, where, found)
            if origin is tuple
            else _entries(arguments[1], value, where, found)
        )
    if dataclasses.is_dataclass(hint):
        return _object(typing.cast("type", hint), value, where, found)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return _member(hint, value, where, found)
    return _scalar(hint, value, where, found)


def _items(inner: Any, value: object, where: str, found: list[Problem]) -> tuple[object, ...]:
    if not isinstance(value, list):
        found.append(Problem(where, "a list", _shown(value)))
        return ()
    return tuple(_value(inner, item, f"{where}[{number}]", found) for number, item in enumerate(value))


def _entries(inner: Any, value: object, where: str, found: list[Problem]) -> dict[str, object]:
    if not isinstance(value, Mapping):
        found.append(Problem(where, "an object", _shown(value)))
        return {}
    return {str(key): _value(inner, item, _under(where, key), found) for key, item in value.items()}


def _member(hint: type[enum.Enum], value: object, where: str, found: list[Problem]) -> object:
    try:
        return hint(value)
    except ValueError:
        found.append(Problem(where, _expected(hint), _shown(value)))
        return None


def _scalar(hint: Any, value: object, where: str, found: list[Problem]) -> object:
    if hint is float and type(value) is int and value.bit_length() < MOST_BITS:
        value = float(value)
    good = isinstance(value, hint) and not (hint is int and isinstance(value, bool))
    if not good or (isinstance(value, float) and not math.isfinite(value)):
        found.append(Problem(where, _expected(hint), _shown(value)))
        return None
    return value


def _expected(hint: Any) -> str:
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return f"one of {', '.join(str(member.value) for member in hint)}"
    if isinstance(hint, type) and hint in _KINDS:
        return _KINDS[hint]
    return "a value"


def _under(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
