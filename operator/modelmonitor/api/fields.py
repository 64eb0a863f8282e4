"""Field types that the whole API shares: their shape in Python and in the CRD."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

from modelmonitor.api import descriptions
from modelmonitor.api.across import Rule
from modelmonitor.api.checks import Json, Text, Within, cel, problem

DNS_LABEL = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
DNS_SUBDOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
METRIC = "^[a-zA-Z_:][a-zA-Z0-9_:]*$"
QUALIFIED = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
PERCENTAGE = "^[0-9]+([.][0-9]+)?%$"
MOST_EVENTS = 1_000_000_000
A_PERCENTAGE = "a percentage above 0% and up to 100%, such as 2%"


class Schema(BaseModel):
    """Base of every API object: camelCase outside, closed, frozen, described by its docstrings.

    A null is read as the API server reads it: as if the field were left out. `rules` are over several fields.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        extra="forbid",
        frozen=True,
        defer_build=True,  # a spec holds all others: built once, as a whole, and only where it is read
    )
    rules: ClassVar[tuple[Rule, ...]] = ()

    @classmethod
    def aliases(cls) -> tuple[str, ...]:
        """Give the names of the fields as users write them."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    @model_validator(mode="before")
    @classmethod
    def _null_is_left_out(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        known = cls.aliases()
        return {name: value for name, value in given.items() if value is not None or name not in known}

    @model_validator(mode="after")
    def _rules_are_kept(self) -> Self:
        if self.rules:
            fields = type(self).model_fields.items()
            values = {field.alias or name: getattr(self, name) for name, field in fields}
            given = {name: value for name, value in values.items() if value is not None}
            for rule in self.rules:
                rule.check(given)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        json_schema = handler.resolve_ref_schema(handler(schema))
        for name, text in descriptions.of(cls).items():
            field = cls.model_fields[name]
            json_schema["properties"][field.alias or name]["description"] = text
        rules = {"x-kubernetes-validations": [rule.cel() for rule in cls.rules]} if cls.rules else {}
        return json_schema | rules


def _decimal(value: Any) -> Decimal:
    """Read a JSON number as the decimal that was written, never as its binary neighbour."""
    if isinstance(value, str):
        raise problem("a number", _without_quotes(value))
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise problem("a number")
    try:
        finite = math.isfinite(float(value))
    except OverflowError:
        finite = False
    if not finite:
        raise problem("a finite number")
    return Decimal(str(value))


def _without_quotes(text: str) -> str:
    number = text.strip().removesuffix("%").strip().replace(",", ".")
    if not re.fullmatch("[-+]?[0-9]+([.][0-9]+)?", number):
        return "write it with digits and a point, such as 99.9"
    comma = " with a point" if "," in text else ""
    percent = " without the percent sign" if "%" in text else ""
    return f"write it{comma}{percent}{' and' if comma or percent else ''} without quotes: {number}"


def _percentage(value: Any) -> Fraction:
    if isinstance(value, Fraction):
        return value
    fits = isinstance(value, str) and len(value) <= 16 and re.fullmatch(PERCENTAGE, value)
    share = Fraction(value.removesuffix("%")) / 100 if fits else None
    if share is None or not 0 < share <= 1:
        raise problem(A_PERCENTAGE)
    return share


def percent(share: Fraction) -> str:
    """Write a share as users write it: `0.1%`."""
    hundred = share * 100
    text = f"{Decimal(hundred.numerator) / Decimal(hundred.denominator):f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def _min_events(value: Any) -> int | str:
    if value == "Auto":
        return "Auto"
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if whole and 0 <= value <= MOST_EVENTS:
        return int(value)
    raise problem(f"Auto or a whole number of events from 0 to {MOST_EVENTS}", "0 switches the guard off")


def _whole(value: Any) -> int:
    """Read a whole number as JSON has them: 5.0 is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise problem("a whole number")
    return int(value)


def _without_nulls(value: Any) -> Any:
    return {key: it for key, it in value.items() if it is not None} if isinstance(value, Mapping) else value


_PERCENT_ABOVE_ZERO = "double(self.replace('%', '')) > 0.0 && double(self.replace('%', '')) <= 100.0"

Number = Annotated[
    Decimal,
    PlainValidator(_decimal),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
Whole = Annotated[int, PlainValidator(_whole), WithJsonSchema({"type": "integer"})]
Percentage = Annotated[
    Fraction,
    PlainValidator(_percentage),
    PlainSerializer(percent, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 2,
            "maxLength": 16,
            "pattern": PERCENTAGE,
            "x-kubernetes-validations": [cel(_PERCENT_ABOVE_ZERO, A_PERCENTAGE)],
        }
    ),
]
MinEvents = Annotated[
    int | Literal["Auto"],
    PlainValidator(_min_events),
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            "minimum": 0,
            "maximum": MOST_EVENTS,
            "pattern": "^Auto$",
            "maxLength": 4,
        }
    ),
]
NAME = Text(
    "a DNS label of a-z, 0-9 and -, at most 40 characters",
    40,
    DNS_LABEL,
    remedy="rules and dashboards are named after it",
)
Name = Annotated[str, NAME]
SeriesName = Annotated[
    str,
    Text(
        "a name of a-z, A-Z, 0-9, _ and -, at most 40 characters",
        40,
        "^[A-Za-z0-9]([-A-Za-z0-9_]*[A-Za-z0-9])?$",
        remedy="it becomes a label value",
    ),
]
MetricName = Annotated[
    str, Text("the name of a metric: a-z, A-Z, 0-9, _ and :, at most 200 characters", 200, METRIC)
]
Query = Annotated[str, Text("a PromQL query of 1 to 4096 characters", 4096)]
Selector = Annotated[str, Text('label matchers such as job="churn", at most 1024 characters', 1024)]
ObjectName = Annotated[
    str,
    Text("the name of a Kubernetes object: a-z, 0-9, - and ., at most 253 characters", 253, DNS_SUBDOMAIN),
]
LabelKey = Annotated[
    str,
    Text(
        "a label key such as release or example.com/team",
        317,
        f"^([a-z0-9][-a-z0-9.]{{0,252}}/)?{QUALIFIED}$",
    ),
]
LabelValue = Annotated[
    str,
    Text(
        "a label value: a-z, A-Z, 0-9, -, _ and ., at most 63 characters", 63, f"^({QUALIFIED})?$", shortest=0
    ),
]
Share = Annotated[Number, Within(above=0, upper=1, including_upper=True, including_lower=True)]
Inside = Annotated[
    Number, Within(above=0, upper=1, remedy="it is a share, such as 0.5, of which both ends decide nothing")
]
Tolerance = Annotated[Number, Within(above=0, upper=100, including_upper=True, including_lower=True)]
ColumnName = Annotated[str, Text("the name of a column, of 1 to 253 characters", 253)]
ClassName = Annotated[
    str, Text("the name of a class, of 1 to 253 characters", 253, remedy='quote it: "yes", "1"')
]
WithoutNulls = BeforeValidator(_without_nulls)
