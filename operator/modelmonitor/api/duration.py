"""Prometheus durations: `5m`, `1h30m`, `100ms`, `30d`."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

UNITS = {
    "y": 31_536_000_000,
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
    "ms": 1,
}
LONGEST_TEXT = 32
EXPECTED = "a duration such as 30s, 5m, 1h30m or 30d"
_SHOWN = ("d", "h", "m", "s", "ms")  # weeks and years are never shown: 28d must stay 28d in names
PATTERN = "^([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time in whole milliseconds, written as Prometheus writes it.

    Examples
    --------
    >>> str(Duration.parse("4w")), str(Duration.parse("90m")), Duration.parse("100ms").seconds
    ('28d', '1h30m', Decimal('0.1'))
    """

    milliseconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a Prometheus duration; ValueError says what was expected."""
        if not 2 <= len(text) <= LONGEST_TEXT or not re.fullmatch(PATTERN, text):
            raise ValueError(f"expected {EXPECTED}, got {text!r}")
        parts = re.findall(r"([0-9]+)(ms|[ywdhms])", text)
        return cls(sum(int(number) * UNITS[unit] for number, unit in parts))

    @classmethod
    def of(cls, seconds: Fraction | float) -> Self:
        """Make a duration of so many seconds, rounded to the millisecond."""
        return cls(round(Fraction(seconds) * 1000))

    @property
    def seconds(self) -> Decimal:
        """Length in seconds, exact."""
        return Decimal(self.milliseconds) / 1000

    @property
    def exact_seconds(self) -> Fraction:
        """Length in seconds for exact arithmetic."""
        return Fraction(self.milliseconds, 1000)

    def __str__(self) -> str:
        return _shown(self.milliseconds)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "minLength": 2, "maxLength": LONGEST_TEXT, "pattern": PATTERN}

    @classmethod
    def _validate(cls, value: Any) -> "Duration":
        if isinstance(value, Duration):
            return value
        try:
            return cls.parse(value if isinstance(value, str) else "")
        except ValueError:
            remedy = (
                "write whole numbers and their units, y, w, d, h, m, s or ms, the longer ones first: 2s500ms"
            )
            context = {"expected": EXPECTED, "remedy": remedy}
            raise PydanticCustomError("problem", "{expected}", context) from None


@lru_cache(maxsize=1024)  # a plan writes the same few windows over and over
def _shown(milliseconds: int) -> str:
    rest, text = milliseconds, ""
    for unit in _SHOWN:
        count, rest = divmod(rest, UNITS[unit])
        text += f"{count}{unit}" if count else ""
    return text or "0s"
