"""Field types that the whole API shares: their shape in Python and in the CRD."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

DNS_LABEL = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
METRIC = "^[a-zA-Z_:][a-zA-Z0-9_:]*$"


class Schema(BaseModel):
    """Base of every API object: camelCase outside, closed, frozen, described by its docstrings."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )


def problem(expected: str, remedy: str = "") -> PydanticCustomError:
    """Make the error that a validator raises: what was expected and what to do."""
    return PydanticCustomError("problem", "{expected}", {"expected": expected, "remedy": remedy})


def _decimal(value: Any) -> Any:
    """Read a JSON number as the decimal that was written, never as its binary neighbour."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise problem("a number", "write it without quotes and with a point, such as 99.9")
    return Decimal(str(value))


def _percentage(value: Any) -> Any:
    if isinstance(value, Fraction):
        return value
    text = value.removesuffix("%") if isinstance(value, str) else ""
    try:
        share = Fraction(text) / 100 if text != value and "/" not in text else None
    except ValueError:
        share = None
    if share is None or not 0 < share <= 1:
        raise problem("a percentage above 0% and up to 100%, such as 2%")
    return share


def _min_events(value: Any) -> Any:
    if value == "Auto" or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000_000):
        return value
    raise problem("Auto or a whole number of events from 0 to 1000000000", "0 switches the guard off")


Number = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
Percentage = Annotated[
    Fraction,
    BeforeValidator(_percentage),
    PlainSerializer(lambda share: f"{float(share * 100):.12g}%", return_type=str),
    WithJsonSchema({"type": "string", "minLength": 2, "maxLength": 16, "pattern": "^[0-9]+([.][0-9]+)?%$"}),
]
MinEvents = Annotated[
    Any,
    BeforeValidator(_min_events),
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            "anyOf": [{"type": "integer", "minimum": 0, "maximum": 1_000_000_000}, {"type": "string", "pattern": "^Auto$"}],
            "maxLength": 10,
        }
    ),
]
Name = Annotated[str, StringConstraints(pattern=DNS_LABEL, min_length=1, max_length=40)]
MetricName = Annotated[str, StringConstraints(pattern=METRIC, min_length=1, max_length=200)]
Query = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Selector = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
ShortText = Annotated[str, Field(min_length=1, max_length=253)]
