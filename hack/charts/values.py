"""values.yaml and the table of values in the README, both from the schema, where values are described."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from charts import OPERATOR

SCHEMA = OPERATOR / "values.schema.json"
README = OPERATOR / "README.md"
NOT_OURS = {"global"}
WIDTH = 110
HEADER = "# Generated from values.schema.json by `make generate`: change values there.\n"
BEGIN, END = "<!-- values: begin, generated -->\n", "<!-- values: end -->\n"


@dataclass(frozen=True)
class Value:
    """One thing to set, or a group of them."""

    path: tuple[str, ...]
    description: str
    default: object = None
    is_group: bool = False


def values(schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[Value]:
    """Yield groups and values in the order of the schema; a value has a default, a group has none."""
    for name, field in schema["properties"].items():
        if name in NOT_OURS:
            continue
        here = (*path, name)
        if "default" in field:
            yield Value(here, field["description"], field["default"])
        else:
            yield Value(here, field["description"], is_group=True)
            yield from values(field, here)


def values_file() -> str:
    """Write values.yaml: every value with its default, under its description."""
    return HEADER + "".join(_entry(it) for it in _all())


def readme() -> str:
    """Give the README with a table of all values between its two markers.

    Raises
    ------
    ValueError
        If a marker is missing.
    """
    text = README.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(
            f"{README}: expected the lines {BEGIN!r} and {END!r}; put them where the table belongs"
        )
    return "".join([before, begin, _table(), end, after])


def _all() -> list[Value]:
    return list(values(json.loads(SCHEMA.read_text())))


def _entry(value: Value) -> str:
    indent = "  " * (len(value.path) - 1)
    prefix = f"{indent}# "
    lines = textwrap.wrap(value.description, WIDTH - len(prefix), break_on_hyphens=False)
    comment = "".join(f"{prefix}{it}\n" for it in lines)
    return ("\n" if not indent else "") + comment + textwrap.indent(_yaml(value), indent)


def _yaml(value: Value) -> str:
    name = value.path[-1]
    if value.is_group:
        return f"{name}:\n"
    text: str = yaml.safe_dump({name: value.default}, sort_keys=False)
    return text.replace("''", '""')


def _table() -> str:
    rows = [
        f"| `{'.'.join(it.path)}` | `{json.dumps(it.default)}` | {it.description} |\n"
        for it in _all()
        if not it.is_group
    ]
    return "".join(["| value | default | meaning |\n", "|---|---|---|\n", *rows])
