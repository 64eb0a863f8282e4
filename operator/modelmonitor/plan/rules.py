"""Recording and alerting rules as values, and how they are written for Prometheus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelmonitor.api.duration import Duration

AT_ONCE = Duration(0)


@dataclass(frozen=True, slots=True)
class Recording:
    """A rule that records the value of an expression under a name."""

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Write the rule as Prometheus reads it."""
        return {"record": self.record, "expr": self.expr, "labels": dict(self.labels)}


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule that fires while an expression yields something for long enough.

    Attributes
    ----------
    keep
        How long it keeps firing when the expression yields nothing any more.
    """

    alert: str
    expr: str
    hold: Duration
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    keep: Duration = AT_ONCE

    def to_dict(self) -> dict[str, Any]:
        """Write the rule as Prometheus reads it."""
        hold = {"for": str(self.hold)} if self.hold.milliseconds else {}
        keep = {"keep_firing_for": str(self.keep)} if self.keep.milliseconds else {}
        return {
            "alert": self.alert,
            "expr": self.expr,
            **hold,
            **keep,
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
        }


Rule = Recording | Alert


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated in order, at one time stamp."""

    name: str
    rules: tuple[Rule, ...]
    interval: Duration | None = None

    def to_dict(self) -> dict[str, Any]:
        """Write the group as Prometheus reads it."""
        interval = {"interval": str(self.interval)} if self.interval else {}
        return {"name": self.name, **interval, "rules": [rule.to_dict() for rule in self.rules]}
