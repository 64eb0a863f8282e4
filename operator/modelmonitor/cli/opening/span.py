"""A time range."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, in whole seconds since 1970."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.end - self.start

    def last(self, seconds: int) -> "Span":
        """Return the last part of it."""
        return Span(max(self.start, self.end - seconds), self.end)
