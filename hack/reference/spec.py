"""docs/reference/crd.md, from the models of the API."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from modelmonitor import wire
from modelmonitor.api.crd import crd

_HEADER = f"""\
# ModelMonitor

`{wire.API_VERSION}`, namespaced. Generated from the API's models by `make generate`; `kubectl explain
modelmonitor.spec` says the same. Look at [the examples](../../manifests/examples) first.
"""


def page() -> str:
    """Write the page: a table for each object of the spec, then one of the status."""
    schema = crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    sections = [*_sections("spec", schema["properties"]["spec"])]
    sections += [*_sections("status", schema["properties"]["status"])]
    return "\n".join([_HEADER, *sections])


def _sections(path: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table of an object, then those of the objects in it."""
    fields = schema.get("properties", {})
    required = schema.get("required", [])
    lines = [f"## {path}", ""]
    if described := schema.get("description"):
        lines += [_one_line(described), ""]
    lines += ["| field | type | default | description |", "|---|---|---|---|"]
    lines += [_row(name, field, required=name in required) for name, field in fields.items()]
    yield "\n".join([*lines, ""])
    for name, field in fields.items():
        inner, suffix = (field["items"], "[]") if field.get("type") == "array" else (field, "")
        if inner.get("properties"):
            yield from _sections(f"{path}.{name}{suffix}", inner)


def _row(name: str, field: Mapping[str, Any], *, required: bool) -> str:
    default = "**required**" if required else _default(field)
    description = _one_line(field.get("description", "")).replace("|", "\\|")
    return f"| `{name}` | {_type(field)} | {default} | {description} |"


def _default(field: Mapping[str, Any]) -> str:
    """Return the default of a field, as its schema or the end of its description says it."""
    if "default" in field:
        return f"`{json.dumps(field['default'])}`"
    said = re.search(r"Default:? ([^,;.:]+(?:[.][^,;.: ]+)*)", field.get("description", ""))
    return said.group(1) if said else ""


def _type(field: Mapping[str, Any]) -> str:
    if field.get("x-kubernetes-int-or-string"):
        return "whole number or text"
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    if "additionalProperties" in field:
        return "map of text"
    if choices := field.get("enum"):
        return " \\| ".join(f"`{choice}`" for choice in choices)
    kinds = {"string": "text", "boolean": "true or false", "integer": "whole number", "array": "list"}
    kind = str(field.get("type", "any"))
    return kinds.get(kind, kind)


def _one_line(text: str) -> str:
    return " ".join(text.split())
