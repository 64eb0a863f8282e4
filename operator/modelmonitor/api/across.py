"""Rules over several fields of an object, said once and made twice: in Python, and by the API server in CEL.

They are listed in `Schema.rules`. Fields are named as users write them; `given` holds those that are there,
defaults included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from modelmonitor.api.checks import Json, cel, problem

Given = Mapping[str, Any]


class Rule(Protocol):
    """A rule over the fields of an object."""

    def check(self, given: Given) -> None:
        """Raise what `problem` makes, if the rule is broken."""

    def cel(self) -> Json:
        """Say the same as an entry of `x-kubernetes-validations`."""


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _present(fields: tuple[str, ...]) -> str:
    return ", ".join(f"has(self.{name})" for name in fields)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Of these fields, exactly one is given.

    Attributes
    ----------
    or_none
        True: none may be given, too.
    """

    fields: tuple[str, ...]
    remedy: str
    or_none: bool = False

    def check(self, given: Given) -> None:
        """Raise unless exactly one of the fields is given."""
        found = sum(name in given for name in self.fields)
        if found != 1 and not (self.or_none and not found):
            raise problem(self._expected, self.remedy)

    def cel(self) -> Json:
        """Say the same in CEL."""
        given = f"[{_present(self.fields)}]"
        one = f"{given}.exists_one(given, given)"
        rule = f"{one} || !{given}.exists(given, given)" if self.or_none else one
        return cel(rule, self._expected, self.remedy)

    @property
    def _expected(self) -> str:
        return f"{'at most' if self.or_none else 'exactly'} one of {_listed(self.fields)}"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Of these fields, at least one is given."""

    fields: tuple[str, ...]
    remedy: str

    def check(self, given: Given) -> None:
        """Raise if none of the fields is given."""
        if not any(name in given for name in self.fields):
            raise problem(self._expected, self.remedy)

    def cel(self) -> Json:
        """Say the same in CEL."""
        rule = f"[{_present(self.fields)}].exists(given, given)"
        return cel(rule, self._expected, self.remedy)

    @property
    def _expected(self) -> str:
        return f"at least one of {_listed(self.fields)}"


@dataclass(frozen=True, slots=True)
class Different:
    """Of two fields that are given, neither is like the other."""

    fields: tuple[str, str]
    remedy: str

    def check(self, given: Given) -> None:
        """Raise if both are given and the same."""
        one, other = (given.get(name) for name in self.fields)
        if one is not None and one == other:
            raise problem(self._expected, self.remedy)

    def cel(self) -> Json:
        """Say the same in CEL."""
        one, other = self.fields
        rule = f"!has(self.{one}) || !has(self.{other}) || self.{one} != self.{other}"
        return cel(rule, self._expected, self.remedy)

    @property
    def _expected(self) -> str:
        return f"{_listed(self.fields)} that differ"


@dataclass(frozen=True, slots=True)
class Together:
    """Of these fields, all are given or none."""

    fields: tuple[str, ...]
    remedy: str

    def check(self, given: Given) -> None:
        """Raise if some of the fields are given, and not all."""
        if 0 < sum(name in given for name in self.fields) < len(self.fields):
            raise problem(self._expected, self.remedy)

    def cel(self) -> Json:
        """Say the same in CEL."""
        given = f"[{_present(self.fields)}]"
        rule = f"{given}.all(given, given) || !{given}.exists(given, given)"
        return cel(rule, self._expected, self.remedy)

    @property
    def _expected(self) -> str:
        return f"all of {_listed(self.fields)}, or none"


@dataclass(frozen=True, slots=True)
class Ascending:
    """Of two percentages the first is not above the second.

    Attributes
    ----------
    defaults
        What each is where it is left out, such as 5%: the API server does not fill it in.
    """

    lower: str
    upper: str
    defaults: tuple[str, str]
    remedy: str

    def check(self, given: Given) -> None:
        """Raise if the first is above the second."""
        if given[self.lower] > given[self.upper]:
            raise problem(self._expected, self.remedy)

    def cel(self) -> Json:
        """Say the same in CEL."""
        said = zip((self.lower, self.upper), self.defaults, strict=True)
        texts = (f"(has(self.{name}) ? self.{name} : '{default}')" for name, default in said)
        low, high = (f"double({text}.replace('%', ''))" for text in texts)
        return cel(f"{low} <= {high}", self._expected, self.remedy)

    @property
    def _expected(self) -> str:
        return f"{self.lower} of at most {self.upper}"


@dataclass(frozen=True, slots=True)
class Sided:
    """With one value of a field comes `atLeast` and no `atMost`; with all others `atMost` alone."""

    field: str
    least: str
    remedy: str

    def check(self, given: Given) -> None:
        """Raise unless the right bound is given, and no other."""
        is_least = given[self.field] == self.least
        if ("atLeast" in given) is not is_least or ("atMost" in given) is is_least:
            raise problem(self._expected, self.remedy)

    def cel(self) -> Json:
        """Say the same in CEL."""
        is_least = f"(self.{self.field} == '{self.least}')"
        rule = f"has(self.atLeast) == {is_least} && has(self.atMost) != {is_least}"
        return cel(rule, self._expected, self.remedy)

    @property
    def _expected(self) -> str:
        return f"atLeast with {self.least}, atMost with any other {self.field}"
