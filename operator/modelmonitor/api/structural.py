"""From the JSON Schema that pydantic writes to the structural schema that the API server enforces.

    pydantic writes                      becomes
    $ref, $defs                          the referenced schema itself
    anyOf or type with null              the other type: the field is optional
    default: null                        nothing
    exclusiveMinimum: 0                  minimum: 0, exclusiveMinimum: true
    additionalProperties: false          nothing: the API server prunes, and refuses under Strict
    uniqueItems                          x-kubernetes-list-type: set
    const: x                             enum: [x]
    examples                             example
    format: int64 of a number            nothing
    propertyNames, patternProperties     a CEL rule over all keys
    default inside a list                nothing: Argo CD would show it as a change for ever
    default inside an optional block     nothing: `block: {}` applied on the server again would come and go
    title                                nothing

Whatever else it writes is kept if it is in `_KEPT`, and refused otherwise: nothing is lost silently. Text,
lists and maps must be bounded, and fields described.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from modelmonitor.api.checks import Json, cel
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import percent

_KEPT = {
    *("enum", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties"),
    *("minimum", "multipleOf", "pattern", "required", "type", "x-kubernetes-int-or-string"),
    *("x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-validations"),
}
_DROPPED = {"title", "$defs"}
_FIRST = ("description", "type")
_FORMATS = {"string": ("date-time",), "integer": ("int32", "int64")}
_NOT_IN_RE2 = re.compile(r"\(\?(=|!|<|P=|>)|\\[1-9]")


def structural(model: type[BaseModel], *, defaults: bool = True) -> Json:
    """Translate a model.

    Parameters
    ----------
    model
        What the API server is to accept.
    defaults
        Whether the API server fills in what is left out (never inside lists and optional blocks).

    Raises
    ------
    ValueError
        For a schema that the API server would refuse, or accept and not enforce; says where and what to do.
    """
    source = model.model_json_schema(schema_generator=_Generator)
    return _schema(source, _Place(model.__name__, source.get("$defs", {}), defaults))


def text_rule(subject: str, keywords: Mapping[str, Any]) -> Json:
    """Make the CEL rule that a text, which is no field of the schema, is as the keywords say."""
    tests = [f"{subject}.size() >= {keywords['minLength']}"] if "minLength" in keywords else []
    tests.append(f"{subject}.size() <= {keywords['maxLength']}")
    if "pattern" in keywords:
        tests.append(f"{subject}.matches({json.dumps(keywords['pattern'])})")
    return cel(" && ".join(tests), keywords["description"])


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, which cannot write a default of a type of ours."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, tuple):
            return [self.encode_default(it) for it in dft]
        write = next(
            (write for kind, write in _WRITTEN.items() if isinstance(dft, kind)), super().encode_default
        )
        return write(dft)


def _number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


_WRITTEN: Mapping[type, Callable[[Any], Any]] = {Duration: str, Fraction: percent, Decimal: _number}


@dataclass(frozen=True)
class _Place:
    path: str
    definitions: Mapping[str, Json]
    defaults: bool
    within: tuple[str, ...] = ()
    """The definitions that this place is part of."""

    def error(self, what: str, remedy: str) -> ValueError:
        return ValueError(f"{self.path}: {what}; {remedy}")


def _schema(source: Json, place: _Place) -> Json:
    source, place = _inlined(source, place)
    source, place = _inlined(_without_null(source, place), place)
    result: Json = {}
    for keyword, value in source.items():
        if keyword in _KEPT:
            _merge(result, {keyword: value})
        elif keyword in _TRANSLATED:
            _merge(result, _TRANSLATED[keyword](value, source, place))
        elif keyword not in _DROPPED:
            raise place.error(f"the keyword {keyword!r} has no translation", "add one, or model it otherwise")
    if isinstance(result.get("default"), dict):
        result["default"] = _beyond(result.get("properties", {}), result["default"])
    _inspect(result, place)
    return {keyword: result[keyword] for keyword in _FIRST if keyword in result} | result


def _inlined(source: Json, place: _Place) -> tuple[Json, _Place]:
    """Put the referenced schema in the place of `$ref`; what stands beside `$ref` wins."""
    if "$ref" not in source:
        return source, place
    name = source["$ref"].removeprefix("#/$defs/")
    if name in place.within:
        raise place.error(f"{name} contains itself", "bound its depth by models of their own")
    inlined = place.definitions[name] | {keyword: it for keyword, it in source.items() if keyword != "$ref"}
    return inlined, replace(place, within=(*place.within, name))


def _without_null(source: Json, place: _Place) -> Json:
    """Take the one schema that is not null out of `anyOf`, or the one type out of a list of types."""
    several = "make a field of each, and one_of over them"
    if isinstance(source.get("type"), list):
        types = [it for it in source["type"] if it != "null"]
        if len(types) != 1:
            raise place.error("it is of several types", several)
        source = source | {"type": types[0]}
    if "anyOf" not in source:
        return source
    branches = [it for it in source["anyOf"] if it.get("type") != "null"]
    if len(branches) != 1:
        raise place.error("it is one of several schemas", several)
    branch: Json = branches[0]
    return branch | {keyword: value for keyword, value in source.items() if keyword != "anyOf"}


def _merge(result: Json, more: Json) -> None:
    rules = result.get("x-kubernetes-validations", []) + more.get("x-kubernetes-validations", [])
    result |= more | ({"x-kubernetes-validations": rules} if rules else {})


def _beyond(properties: Json, default: Json) -> Json:
    """Give what an object's default says beyond the defaults of its fields, which come by themselves."""
    said = {name: value for name, value in default.items() if value is not None}
    return {name: value for name, value in said.items() if properties.get(name, {}).get("default") != value}


def _properties(value: Json, whole: Json, place: _Place) -> Json:
    fields = {}
    for name, source in value.items():
        there = name in whole.get("required", ()) or source.get("default") is not None
        inside = replace(place, path=f"{place.path}.{name}", defaults=place.defaults and there)
        fields[name] = _schema(source, inside)
        if "description" not in fields[name]:
            raise inside.error("it has no description", "write a docstring below the field")
    return {"properties": fields}


def _items(value: Json, _: Json, place: _Place) -> Json:
    return {"items": _schema(value, replace(place, path=f"{place.path}[]", defaults=False))}


def _additional_properties(value: Json | bool, source: Json, place: _Place) -> Json:
    if value is True:
        raise place.error("it accepts any field", "say of which type the values are")
    if value is False:
        return {}
    if "propertyNames" not in source:
        raise place.error("its keys are not bounded text", "annotate them with a Text")
    return {"additionalProperties": _schema(value, replace(place, path=f"{place.path}{{}}"))}


def _pattern_properties(value: Json, source: Json, place: _Place) -> Json:
    (values,) = value.values()  # the pattern becomes part of the rule over the keys
    return _additional_properties(values, source, place)


def _property_names(value: Json, source: Json, place: _Place) -> Json:
    keys = value | ({"pattern": next(iter(it))} if (it := source.get("patternProperties")) else {})
    if not {"description", "maxLength"} <= keys.keys():
        raise place.error("its keys are not bounded text", "annotate them with a Text")
    key = text_rule("key", keys)
    return {"x-kubernetes-validations": [key | {"rule": f"self.all(key, {key['rule']})"}]}


def _format(value: str, source: Json, place: _Place) -> Json:
    kind = source.get("type", "")
    if value in _FORMATS.get(kind, ()):
        return {"format": value}
    if kind == "number" and value in _FORMATS["integer"]:
        return {}
    raise place.error(f"the format {value!r} of a {kind} is not checked", "give a pattern instead")


def _exclusive(bound: str) -> Callable[[Any, Json, _Place], Json]:
    def translate(value: Any, source: Json, place: _Place) -> Json:
        if bound in source:
            raise place.error(f"it has two bounds on one side, {bound} twice", "leave one out")
        return {bound: value, f"exclusive{bound.capitalize()}": True}

    return translate


def _inspect(result: Json, place: _Place) -> None:
    """Raise for what the API server would accept and not enforce, or refuse with less help."""
    if "type" not in result and not result.get("x-kubernetes-int-or-string"):
        raise place.error("it has no type", "give the field a type other than Any")
    kind = result.get("type")
    if kind == "string" and not result.keys() & {"maxLength", "enum", "format"}:
        raise place.error("it is text of any length", "annotate it with a Text")
    if kind == "array" and not {"items", "maxItems"} <= result.keys():
        raise place.error("it is a list of any length", "give it a max_length")
    if kind == "object" and "properties" not in result and "maxProperties" not in result:
        raise place.error("it is a map of any size", "give it a max_length")
    if _NOT_IN_RE2.search(result.get("pattern", "")):
        raise place.error(f"RE2 cannot read the pattern {result['pattern']}", "do without look-around")


_TRANSLATED: dict[str, Callable[[Any, Json, _Place], Json]] = {
    "additionalProperties": _additional_properties,
    "const": lambda value, _, __: {"enum": [value]},
    "default": lambda value, _, place: {"default": value} if place.defaults and value is not None else {},
    "description": lambda value, _, __: {"description": " ".join(value.split())},
    "examples": lambda value, _, __: {"example": value[0]},
    "exclusiveMaximum": _exclusive("maximum"),
    "exclusiveMinimum": _exclusive("minimum"),
    "format": _format,
    "items": _items,
    "patternProperties": _pattern_properties,
    "properties": _properties,
    "propertyNames": _property_names,
    "uniqueItems": lambda value, _, __: {"x-kubernetes-list-type": "set"} if value else {},
}
