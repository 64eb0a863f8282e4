"""Checks that are said once and made twice: by `parse` in Python, and by the API server from the CRD.

Each is put on a type as `Annotated[..., check]`; rules over several fields of an object are in `across`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from modelmonitor.api.duration import UNITS, Duration

Json = dict[str, Any]


def problem(expected: str, remedy: str = "") -> PydanticCustomError:
    """Make the error that a validator raises: what was expected and what to do."""
    return PydanticCustomError("problem", "{expected}", {"expected": expected, "remedy": remedy})


def cel(rule: str, expected: str, remedy: str = "") -> Json:
    """Make one entry of `x-kubernetes-validations`, in the words of `problem`."""
    return {"rule": rule, "message": f"expected {expected}; {remedy}" if remedy else f"expected {expected}"}


class _Check:
    """Base of the checks: a Python check after the type's own, and keywords for its JSON schema."""

    __slots__ = ()

    def check(self, value: Any) -> Any:
        raise NotImplementedError

    def keywords(self) -> Json:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Json:
        return handler(schema) | self.keywords()


@dataclass(frozen=True, slots=True)
class Text(_Check):
    """Text of a bounded length and, where a pattern is given, of its form (RE2 and Python read it alike)."""

    expected: str
    longest: int
    pattern: str = ""
    shortest: int = 1
    remedy: str = ""

    def check(self, text: str) -> str:
        """Give the text back, if it is such a text."""
        fits = self.shortest <= len(text) <= self.longest
        if not fits or (self.pattern and not re.fullmatch(self.pattern, text)):
            raise problem(self.expected, self.remedy)
        return text

    def keywords(self) -> Json:
        """Say the same in JSON Schema."""
        said: Json = {"description": self.expected, "maxLength": self.longest}
        said |= {"minLength": self.shortest} if self.shortest else {}
        return said | ({"pattern": self.pattern} if self.pattern else {})


@dataclass(frozen=True, slots=True)
class Within(_Check):
    """A number above one bound and below another, or, where included, at the bound itself."""

    above: int
    upper: int
    including_upper: bool = False
    including_lower: bool = False
    remedy: str = ""
    at_upper: str = ""
    """What to do when the number is the bound that it must stay below."""

    def check(self, number: Decimal) -> Decimal:
        """Give the number back, if it is in the range."""
        if self.above < number < self.upper or (self.including_upper and number == self.upper):
            return number
        if self.including_lower and number == self.above:
            return number
        lower = f"{'of at least' if self.including_lower else 'above'} {self.above}"
        upper = f"{'up to' if self.including_upper else 'below'} {self.upper}"
        remedy = self.at_upper if number == self.upper else self.remedy
        raise problem(f"a number {lower} and {upper}", remedy)

    def keywords(self) -> Json:
        """Say the same in JSON Schema."""
        lower = "minimum" if self.including_lower else "exclusiveMinimum"
        upper = "maximum" if self.including_upper else "exclusiveMaximum"
        return {lower: self.above, upper: self.upper}


@dataclass(frozen=True, slots=True)
class Between(_Check):
    """A duration from one to another, both included."""

    shortest: Duration
    longest: Duration
    what: str = "a duration"
    remedy: str = ""

    @classmethod
    def of(cls, shortest: str, longest: str, what: str = "a duration", remedy: str = "") -> "Between":
        """Make the check of two durations as users write them."""
        return cls(Duration.parse(shortest), Duration.parse(longest), what, remedy)

    def check(self, duration: Duration) -> Duration:
        """Give the duration back, if it is in the range."""
        if not self.shortest <= duration <= self.longest:
            raise problem(self._expected, self.remedy)
        return duration

    def keywords(self) -> Json:
        """Say the same in CEL, which has no days: the parts are added up in milliseconds."""
        units = ", ".join(f"'{unit}': {milliseconds}" for unit, milliseconds in UNITS.items())
        part = f"int(part.find('[0-9]+')) * {{{units}}}[part.find('[a-z]+')]"
        length = f"self.findAll('[0-9]+[a-z]+').map(part, {part}).sum()"
        bounds = f"ms >= {self.shortest.milliseconds} && ms <= {self.longest.milliseconds}"
        rule = cel(f"[{length}].all(ms, {bounds})", self._expected, self.remedy)
        return {"x-kubernetes-validations": [rule]}

    @property
    def _expected(self) -> str:
        return f"{self.what} from {self.shortest} to {self.longest}"


@dataclass(frozen=True, slots=True)
class Apart(_Check):
    """A list whose entries differ: in the fields `keys` together, or, without any, altogether."""

    what: str
    keys: tuple[str, ...] = ()
    remedy: str = "remove one"

    def check(self, entries: Sequence[Any]) -> Sequence[Any]:
        """Give the entries back, if no two are called the same."""
        names = [self._name(entry) for entry in entries]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise problem(self.expected, f"{', '.join(twice)} is there more than once; {self.remedy}")
        return entries

    def keywords(self) -> Json:
        """Say the same with a list type of Kubernetes, by which server-side apply merges, too."""
        if not self.keys:
            return {"x-kubernetes-list-type": "set"}
        return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(self.keys)}

    @property
    def expected(self) -> str:
        """What such a list is, in words."""
        return f"every {self.what} once"

    def _name(self, entry: Any) -> str:
        return " ".join(str(getattr(entry, key)) for key in self.keys) if self.keys else str(entry)


@dataclass(frozen=True, slots=True)
class Named(Apart):
    """A list whose entries have names that differ."""

    keys: tuple[str, ...] = ("name",)
    remedy: str = "rename one"

    @property
    def expected(self) -> str:
        """What such a list is, in words."""
        return f"every {self.what} under a name of its own"
