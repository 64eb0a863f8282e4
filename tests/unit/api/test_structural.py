"""Each row of the translation from pydantic's JSON Schema to a structural schema; the API server's word on it
is in tests/apiserver."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, WithJsonSchema, create_model

from modelmonitor.api.across import OneOf
from modelmonitor.api.checks import Apart, Between, Text, Within
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import MinEvents, Number, Percentage, Schema
from modelmonitor.api.structural import structural

Short = Annotated[str, Text("a word", 9, "^[a-z]+$")]


class Inner(Schema):
    """Inner words."""

    size: int = 3
    """Size of it."""


class Outer(Schema):
    """Outer words."""

    inner: Inner
    """The field's own words."""

    unsaid: Inner = Field(default=Inner())
    other: Inner | None = None
    """Optional."""


def of(annotation: Any, **field: Any) -> dict[str, Any]:
    """Translate a model of one field `it`."""
    default = field.pop("default", ...)
    described: Any = Field(default, description="words", **field)
    translated = structural(create_model("Model", it=(annotation, described)))
    return {key: value for key, value in translated["properties"]["it"].items() if key != "description"}


def test_a_nested_model_is_inlined_and_the_words_of_the_field_win():
    fields = structural(Outer)["properties"]
    size = {"description": "Size of it.", "type": "integer", "default": 3}
    assert fields["inner"] == {
        "description": "The field's own words.",
        "type": "object",
        "properties": {"size": size},
    }
    assert fields["unsaid"]["description"] == "Inner words."
    assert fields["other"]["description"] == "Optional."
    assert structural(Outer)["required"] == ["inner"]


def test_the_default_of_a_block_says_only_what_its_fields_do_not_say_themselves():
    class Block(Schema):
        """A block."""

        plain: Inner = Inner()
        larger: Inner = Inner(size=9)

    fields = structural(Block)["properties"]
    assert fields["plain"]["default"] == {}
    assert fields["larger"]["default"] == {"size": 9}


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int | None, {"type": "integer"}),
        (Annotated[Any, WithJsonSchema({"type": ["number", "null"]})], {"type": "number"}),
        (
            Annotated[float, Field(gt=0, lt=1)],
            {
                "type": "number",
                "minimum": 0,
                "exclusiveMinimum": True,
                "maximum": 1,
                "exclusiveMaximum": True,
            },
        ),
        (
            Annotated[Number, Within(above=0, upper=5, including_upper=True)],
            {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 5},
        ),
        (Literal["x"], {"type": "string", "enum": ["x"]}),
        (
            Annotated[set[Short], Field(max_length=3)],
            {
                "type": "array",
                "maxItems": 3,
                "x-kubernetes-list-type": "set",
                "items": {
                    "description": "a word",
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 9,
                    "pattern": "^[a-z]+$",
                },
            },
        ),
        (Annotated[float, Field(json_schema_extra={"format": "int64"})], {"type": "number"}),
        (
            Annotated[int, Field(json_schema_extra={"format": "int64"})],
            {"type": "integer", "format": "int64"},
        ),
        (Annotated[int, Field(examples=[4, 5])], {"type": "integer", "example": 4}),
        (
            MinEvents,
            {
                "x-kubernetes-int-or-string": True,
                "minimum": 0,
                "maximum": 1_000_000_000,
                "pattern": "^Auto$",
                "maxLength": 4,
            },
        ),
    ],
    ids=str,
)
def test_a_habit_of_pydantic_becomes_what_the_api_server_enforces(annotation, expected):
    assert of(annotation) == expected


def test_a_map_has_a_rule_over_its_keys():
    translated = of(Annotated[Mapping[Short, Short], Field(max_length=2)])
    assert translated["additionalProperties"]["maxLength"] == 9
    assert translated["maxProperties"] == 2
    assert translated["x-kubernetes-validations"] == [
        {
            "rule": 'self.all(key, key.size() >= 1 && key.size() <= 9 && key.matches("^[a-z]+$"))',
            "message": "expected a word",
        }
    ]
    assert "propertyNames" not in translated
    assert "patternProperties" not in translated


def test_defaults_are_written_except_for_nothing_and_inside_lists_and_optional_blocks():
    assert of(int, default=3) == {"type": "integer", "default": 3}
    assert of(Duration, default=Duration.parse("90m"))["default"] == "1h30m"
    assert "default" not in of(int | None, default=None)
    entries = of(Annotated[tuple[Inner, ...], Field(max_length=2)], default=())
    assert entries["default"] == []
    assert "default" not in entries["items"]["properties"]["size"]
    optional = structural(Outer)["properties"]["other"]["properties"]["size"]
    silent = structural(Outer, defaults=False)["properties"]["inner"]["properties"]["size"]
    assert "default" not in {**optional, **silent}


def test_rules_and_list_types_come_with_the_checks():
    named = of(Annotated[tuple[Inner, ...], Field(max_length=2), Apart("thing", ("size",))])
    assert (named["x-kubernetes-list-type"], named["x-kubernetes-list-map-keys"]) == ("map", ["size"])
    (window,) = of(Annotated[Duration, Between.of("1h", "2d")])["x-kubernetes-validations"]
    assert window["message"] == "expected a duration from 1h to 2d"
    assert window["rule"].endswith(".sum()].all(ms, ms >= 3600000 && ms <= 172800000)")
    (share,) = of(Percentage)["x-kubernetes-validations"]
    assert share["message"] == "expected a percentage above 0% and up to 100%, such as 2%"


def test_one_of_is_a_rule_of_its_object():
    class Choice(Schema):
        """A choice."""

        rules = (OneOf(("left", "rightHand"), "take a side"),)

        left: int | None = None
        """The left one."""

        right_hand: int | None = None
        """The right one."""

    assert structural(Choice)["x-kubernetes-validations"] == [
        {
            "rule": "[has(self.left), has(self.rightHand)].exists_one(given, given)",
            "message": "expected exactly one of left and rightHand; take a side",
        }
    ]


class Cat(BaseModel):
    kind: Literal["cat"] = Field(description="words")


class Dog(BaseModel):
    kind: Literal["dog"] = Field(description="words")


class Tree(Schema):
    """A tree."""

    branch: "Tree | None" = None
    """A branch."""


def raw(**schema: Any) -> Any:
    return Annotated[Any, WithJsonSchema(schema)]


@pytest.mark.parametrize(
    ("annotation", "answer"),
    [
        (int | Short, "Model.it: it is one of several schemas; make a field of each, and one_of over them"),
        (raw(type=["number", "string"]), "it is of several types"),
        (
            Annotated[Cat | Dog, Field(discriminator="kind")],
            "the keyword 'discriminator' has no transl",
        ),
        (raw(oneOf=[{"type": "string"}]), "the keyword 'oneOf' has no translation"),
        (raw(type="string", maxLength=9, readOnly=True), "the keyword 'readOnly' has no translation"),
        (str, "it is text of any length; annotate it with a Text"),
        (tuple[int, ...], "it is a list of any length"),
        (Annotated[list, Field(max_length=3)], "it has no type"),
        (Mapping[Short, int], "it is a map of any size"),
        (Annotated[Mapping[str, int], Field(max_length=3)], "its keys are not bounded text"),
        (
            Annotated[Mapping[Annotated[str, Field(min_length=3)], int], Field(max_length=3)],
            "its keys are not",
        ),
        (dict, "Model.it: it accepts any field; say of which type the values are"),
        (Any, "it has no type; give the field a type other than Any"),
        (Tree, "Model.it.branch: Tree contains itself; bound its depth by models of their own"),
        (raw(type="string", format="uuid"), "the format 'uuid' of a string is not checked"),
        (Decimal, "it is one of several schemas"),
        (raw(type="string", maxLength=9, pattern="^(?!x)"), "RE2 cannot read the pattern"),
        (raw(type="string", maxLength=9, pattern=r"^(a)\1$"), "RE2 cannot read the pattern"),
        (raw(type="number", minimum=0, exclusiveMinimum=0), "it has two bounds on one side, minimum twice"),
    ],
    ids=str,
)
def test_what_has_no_translation_is_refused_and_never_dropped(annotation, answer):
    with pytest.raises(ValueError, match=r"^Model") as refused:
        of(annotation)
    assert answer in str(refused.value)


def test_a_field_without_words_is_refused():
    class Silent(Schema):
        """Words."""

        size: int

    with pytest.raises(ValueError, match=r"^Silent\.size: it has no description; write a docstring below"):
        structural(Silent)
