"""What a backtest found, as values: the same for a terminal, for programs and for a page."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting import moments
from modelmonitor.cli.backtesting.alerting import Episode
from modelmonitor.cli.backtesting.curves import Chart
from modelmonitor.cli.backtesting.evaluation import Fired
from modelmonitor.cli.backtesting.ordering import Skipped
from modelmonitor.cli.backtesting.recording import Covered
from modelmonitor.cli.backtesting.rendering import Texts
from modelmonitor.cli.backtesting.server import Span
from modelmonitor.plan import names
from modelmonitor.plan.rules import Alert, Recording

SEVERITIES = ("critical", "warning", "info")
_OWN = frozenset({names.NAMESPACE, names.MONITOR, names.SEVERITY, names.SLO_ID, names.SLO_SERVICE})


@dataclass(frozen=True, slots=True)
class Told:
    """A time in which an alert fired, with its texts where they are told."""

    episode: Episode
    texts: Texts


@dataclass(frozen=True, slots=True)
class AlertReport:
    """An alert and when it fired."""

    fired: Fired
    told: Sequence[Told]

    @property
    def name(self) -> str:
        """Its name, with what tells it from others of this name."""
        return _name(self.fired.rule)

    @property
    def severity(self) -> str:
        """How bad it is."""
        return self.fired.rule.labels.get(names.SEVERITY, "")

    def seconds(self, end: int) -> float:
        """Return how long it fired, in any of its groups."""
        total, last = 0, 0
        for one in self.told:
            stop = end if one.episode.end is None else one.episode.end
            total += max(stop - max(one.episode.start, last), 0)
            last = max(last, stop)
        return total / 1000


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Rules that could not be answered for one reason, and the metrics that are to blame."""

    reason: str
    metrics: Sequence[str]
    alerts: Sequence[str]
    records: Sequence[str]

    @classmethod
    def of(cls, reason: str, skipped: Sequence[Skipped]) -> "Unanswered":
        """Gather what was skipped for a reason."""
        rules = [one.step for one in skipped]
        return cls(
            reason,
            list(dict.fromkeys(one.obstacle.metric for one in skipped)),
            [_name(one.rule) for one in rules if isinstance(one.rule, Alert)],
            [f"{one.group}/{one.name}" for one in rules if isinstance(one.rule, Recording)],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that is told.

    Attributes
    ----------
    scrapes
        When counters were looked at.
    asked
        How often they would be, by the monitor.
    """

    title: str
    data: str
    profile: str
    covered: Covered
    scrapes: Span
    asked: Duration
    alerts: Sequence[AlertReport]
    skipped: Sequence[Skipped]
    notes: Sequence[str]
    charts: Sequence[Chart]

    @property
    def firing(self) -> list[AlertReport]:
        """Alerts that fired: the worst first, then the earliest."""
        fired = [one for one in self.alerts if one.told]
        return sorted(fired, key=lambda one: (rank(one.severity), one.told[0].episode.start))

    @property
    def silent(self) -> list[AlertReport]:
        """Alerts that could have fired and did not."""
        return [one for one in self.alerts if not one.told]

    @property
    def silent_names(self) -> list[str]:
        """Their names, each once."""
        return list(dict.fromkeys(one.name for one in self.silent))

    @property
    def unanswered(self) -> list["Unanswered"]:
        """Rules that could not be answered, by reason."""
        reasons = dict.fromkeys(one.obstacle.reason for one in self.skipped)
        return [
            Unanswered.of(why, [it for it in self.skipped if it.obstacle.reason == why]) for why in reasons
        ]

    def fails(self, least: str) -> bool:
        """Tell whether an alert of this severity, or a worse one, fired."""
        return any(rank(one.severity) <= rank(least) for one in self.firing)

    def to_dict(self) -> dict[str, Any]:
        """Give the report for programs; times are ISO 8601, in UTC."""
        return {
            "monitor": self.title,
            "data": self.data,
            "profile": self.profile or None,
            "rows": self.covered.rows,
            "first": moments.iso(self.covered.first),
            "last": moments.iso(self.covered.last),
            "from": moments.iso(self.scrapes.start / 1000),
            "until": moments.iso(self.scrapes.end / 1000),
            "scrapeInterval": str(Duration(self.scrapes.step)),
            "alerts": [_alert(one) for one in self.firing],
            "silent": [{"alert": one.name, "severity": one.severity} for one in self.silent],
            "unanswered": [dataclasses.asdict(one) for one in self.unanswered],
            "notes": list(self.notes),
        }


def rank(severity: str) -> int:
    """Return the place of a severity, the worst first."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _name(rule: Alert) -> str:
    return " ".join([rule.alert, *(value for label, value in rule.labels.items() if label not in _OWN)])


def _alert(one: AlertReport) -> dict[str, Any]:
    return {
        "alert": one.fired.rule.alert,
        "severity": one.severity,
        "for": str(one.fired.rule.hold),
        "episodes": [_episode(it) for it in one.told],
    }


def _episode(one: Told) -> dict[str, Any]:
    episode = one.episode
    labels: Mapping[str, str] = dict(episode.labels)
    return {
        "labels": labels,
        "since": moments.iso(episode.since / 1000),
        "from": moments.iso(episode.start / 1000),
        "until": None if episode.end is None else moments.iso(episode.end / 1000),
        "value": _finite(episode.value),
        "lowest": _finite(episode.lowest),
        "highest": _finite(episode.highest),
        "annotations": dict(one.texts),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
