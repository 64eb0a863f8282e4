"""What the API server says to each habit of pydantic, and to what our translation makes of it.

For each row a model is written twice: as pydantic writes it, and as we translate it. The API server refuses
the first (or takes it and enforces nothing); it takes the second, and then it takes good values and
refuses bad ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, WithJsonSchema, create_model

from apiserver.rest import CRDS, Rest
from modelmonitor.api.across import OneOf
from modelmonitor.api.checks import Between, Text, cel
from modelmonitor.api.checks import Named as Called
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import MinEvents, Percentage, Schema
from modelmonitor.api.structural import structural
from monitors import Json

pytestmark = pytest.mark.apiserver

Word = Annotated[str, Text("a word", 9, "^[a-z]+$")]
TESTED = cel("self.size() > 1 && self.all(it, it.contains('a'))", "an a in each")


class Inner(Schema):
    """An object."""

    size: int = 3
    """A number."""


class Named(Schema):
    """An object with a name."""

    name: Word
    """Its name."""


class Left(BaseModel):
    kind: Literal["left"] = Field(description="words")


class Right(BaseModel):
    kind: Literal["right"] = Field(description="words")


class Side(Schema):
    """What a discriminated union is written as instead."""

    rules = (OneOf(("left", "right"), "take a side"),)

    left: Inner | None = None
    """One side."""

    right: Inner | None = None
    """The other side."""


@dataclass(frozen=True)
class Row:
    """A habit: the type of a field, what the API server says to pydantic's schema, good and bad values."""

    annotation: Any
    refusal: str
    good: tuple[Any, ...]
    bad: tuple[Any, ...]
    default: Any = ...

    def model(self) -> type[BaseModel]:
        described: Any = Field(self.default, description="words")
        return create_model("Model", it=(self.annotation, described))


def written(schema: Json) -> Any:
    return Annotated[Any, WithJsonSchema(schema)]


ROWS = {
    "ref": Row(Inner, "$ref", ({"size": 1}, {}), ({"size": "a"}, 5)),
    "optional": Row(int | None, "must be empty to be structural", (1, None), ("a",), None),
    "types": Row(written({"type": ["number", "null"]}), "type", (1.5, None), ("a",), None),
    "above": Row(Annotated[float, Field(gt=0)], "exclusiveMinimum", (0.5,), (0, -1)),
    "below": Row(Annotated[float, Field(lt=1)], "exclusiveMaximum", (0.5,), (1, 2)),
    "closed": Row(
        written(Inner.model_json_schema()),
        "mutual exclusive",
        ({"size": 1},),
        ({"size": 1, "typo": 2}, {"typo": None}),
    ),
    "patterned": Row(
        Annotated[Mapping[Word, Word], Field(max_length=2)],
        "patternProperties is not supported",
        ({"a": "b"}, {}),
        ({"A": "b"}, {"a": "B"}, {"a": "b", "c": "d", "e": "f"}, {"": "b"}),
    ),
    "set": Row(
        Annotated[set[Word], Field(max_length=3)],
        "uniqueItems",
        (["a", "b"],),
        (["a", "a"], list("abcd")),
    ),
    "wrong": Row(int, "default", (1,), ("a",), "one"),
}
NOT_ENFORCED = {
    "const": Row(Literal["x"], "", ("x",), ("y", 1)),
    "keys": Row(
        Annotated[Mapping[Annotated[str, Text("short", 3)], Word], Field(max_length=2)],
        "",
        ({"abc": "b"},),
        ({"long": "b"}, {"a": "B"}),
    ),
}
ACCEPTED = {
    "minEvents": Row(MinEvents, "", (0, 7, "Auto", 1_000_000_000), ("auto", -1, 1.5, 1_000_000_001, True)),
    "share": Row(Percentage, "", ("2%", "0.1%", "100%"), ("0%", "100.1%", "2", "-1%", "1e1%")),
    "window": Row(
        Annotated[Duration, Between.of("1h", "2d")],
        "",
        ("1h", "60m", "59m60s", "1d24h", "2d", "48h"),
        ("59m", "3599s999ms", "2d1ms", "1w", "1y", "5", "99999999999999999999s", "1h\n"),
    ),
    "named": Row(
        Annotated[tuple[Named, ...], Field(max_length=2), Called("thing")],
        "",
        ([], [{"name": "a"}, {"name": "b"}]),
        ([{"name": "a"}] * 2, [{"name": "a"}, {"name": "b"}, {"name": "c"}], [{}], [None]),
    ),
    "side": Row(Side, "", ({"left": {}}, {"right": {}, "left": None}), ({}, {"left": {}, "right": {}})),
}


def definition(schema: Json, group: str) -> Json:
    """Make a CustomResourceDefinition whose spec has this schema."""
    whole = {"type": "object", "properties": {"spec": schema}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": whole}}
    names = {"kind": "Row", "listKind": "RowList", "plural": "rows", "singular": "row"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"rows.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
    }


def of_field(name: str, schema: Json) -> Json:
    return {"type": "object", "properties": {name: schema}}


def raw(row: Row) -> Json:
    """Give pydantic's schema of the row's model, without its definitions where nothing refers to them."""
    schema = row.model().model_json_schema()
    return schema["properties"]["it"] | ({"$defs": schema["$defs"]} if "$defs" in schema else {})


def asked(api: Rest, schema: Json) -> str:
    """Give what the API server has against a schema; nothing if it takes it."""
    answer = api.send("POST", CRDS, definition(schema, "asked.example"), dryRun="All")
    return "" if answer.accepted else answer.message


@pytest.fixture(scope="module")
def rows(api: Rest) -> Iterator[str]:
    """The path of a kind with one field for each row that our translation makes something of."""
    every = {**ROWS, **NOT_ENFORCED, **ACCEPTED}
    del every["wrong"]
    fields = {name: structural(row.model())["properties"]["it"] for name, row in every.items()}
    schema = {"type": "object", "properties": fields}
    api.define(definition(schema, "rows.example"))
    yield "/apis/rows.example/v1/namespaces/default/rows"
    api.send("DELETE", f"{CRDS}/rows.rows.example")


def verdict(api: Rest, path: str, name: str, value: Any) -> bool:
    group = path.split("/")[2]
    body = {"apiVersion": f"{group}/v1", "kind": "Row", "metadata": {"name": "a"}, "spec": {name: value}}
    return api.create(path, body).accepted


@pytest.mark.parametrize("name", ROWS)
def test_the_api_server_refuses_what_pydantic_writes(api: Rest, name: str) -> None:
    assert ROWS[name].refusal in asked(api, of_field(name, raw(ROWS[name])))


@pytest.mark.parametrize("name", [*ROWS.keys() - {"wrong"}, *NOT_ENFORCED, *ACCEPTED])
def test_the_api_server_enforces_what_we_make_of_it(api: Rest, rows: str, name: str) -> None:
    row = {**ROWS, **NOT_ENFORCED, **ACCEPTED}[name]
    assert [value for value in row.good if not verdict(api, rows, name, value)] == []
    assert [value for value in row.bad if verdict(api, rows, name, value)] == []


def test_what_is_taken_without_being_enforced_is_why_we_translate_it(api: Rest) -> None:
    schema = {"type": "object", "properties": {name: raw(row) for name, row in NOT_ENFORCED.items()}}
    answer = api.send("POST", CRDS, definition(schema, "lax.example"), fieldValidation="Strict", dryRun="All")
    unknown = "properties.spec.properties.const.const"
    assert f'unknown field "spec.versions[0].schema.openAPIV3Schema.{unknown}"' in answer.message
    lax = definition(schema, "lax.example")
    created = api.send("POST", CRDS, lax, fieldValidation="Ignore")
    assert created.accepted, created.message
    try:
        api.define(created.body | {"metadata": lax["metadata"]})
        path = "/apis/lax.example/v1/namespaces/default/rows"
        assert verdict(api, path, "const", "y")
        assert verdict(api, path, "keys", {"long": "b"})
    finally:
        api.send("DELETE", f"{CRDS}/rows.lax.example")


def test_a_default_of_the_wrong_type_is_refused_whoever_writes_it(api: Rest) -> None:
    ours = structural(ROWS["wrong"].model())["properties"]["it"]
    assert "must be of type integer" in asked(api, of_field("wrong", ours))


def test_unions_and_look_ahead_are_refused_by_the_api_server_and_by_us_before(api: Rest) -> None:
    union = Row(Annotated[Left | Right, Field(discriminator="kind")], "", (), ())
    assert "oneOf[0].$ref: Forbidden" in asked(api, of_field("union", raw(union)))
    inlined = {"oneOf": [model.model_json_schema() for model in (Left, Right)]}
    assert "must be empty to be structural" in asked(api, of_field("union", inlined))
    ahead = Row(written({"type": "string", "maxLength": 9, "pattern": "^(?!x)"}), "", (), ())
    assert "must be a valid regular expression" in asked(api, of_field("ahead", raw(ahead)))
    for row in (union, ahead):
        with pytest.raises(ValueError, match=r"^Model\.it: "):
            structural(row.model())


def test_a_format_that_a_number_has_not_is_a_warning_and_we_drop_it(api: Rest) -> None:
    schema = {"type": "number", "format": "int64"}
    warned = api.send("POST", CRDS, definition(of_field("it", schema), "asked.example"), dryRun="All")
    assert warned.accepted
    assert "int64" in warned.warning
    ours = structural(Row(Annotated[float, Field(json_schema_extra=schema)], "", (), ()).model())
    silent = api.send("POST", CRDS, definition(ours, "asked.example"), dryRun="All")
    assert (silent.accepted, silent.warning) == (True, "")


def test_what_the_table_calls_harmless_is_accepted(api: Rest) -> None:
    harmless: Json = {"title": "It", "type": "string", "nullable": True, "default": None}
    assert asked(api, of_field("it", harmless)) == ""
    either = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
    assert asked(api, of_field("it", either)) == ""


def test_a_rule_over_text_and_lists_without_bounds_is_refused_and_so_are_they_by_us(api: Rest) -> None:
    texts: Json = {"type": "array", "items": {"type": "string"}, "x-kubernetes-validations": [TESTED]}
    assert "estimated rule cost" in asked(api, of_field("it", texts))
    bounded = texts | {"maxItems": 20, "items": {"type": "string", "maxLength": 99}}
    assert asked(api, of_field("it", bounded)) == ""
    for annotation in (str, tuple[Word, ...], Mapping[Word, Word]):
        with pytest.raises(ValueError, match=r"any (length|size)"):
            structural(Row(annotation, "", (), ()).model())
