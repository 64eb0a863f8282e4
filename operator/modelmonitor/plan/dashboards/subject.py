"""What dashboards are about: a monitor, its objectives, and what its rules record of the model."""

from collections.abc import Sequence
from dataclasses import dataclass

from modelmonitor.api import ModelMonitor
from modelmonitor.plan import names
from modelmonitor.plan.drift.look import narrowed
from modelmonitor.plan.rules import Alert, Group, Recording
from modelmonitor.plan.scope import Scope
from modelmonitor.plan.slo import Slo


@dataclass(frozen=True)
class Records:
    """What the rules of a monitor record of its model, and how panels ask for it.

    A panel is there if its record is: whoever asks for nothing is shown nothing.
    """

    scope: Scope
    names: frozenset[str]
    alerts: tuple[str, ...]

    @classmethod
    def of_groups(cls, scope: Scope, groups: Sequence[Group]) -> "Records":
        """Collect what groups record, and the alerts that are about no objective."""
        rules = [rule for group in groups for rule in group.rules]
        alerts = (it.alert for it in rules if isinstance(it, Alert) and names.SLO_NAME not in it.labels)
        recorded = frozenset(it.record for it in rules if isinstance(it, Recording))
        return cls(scope, recorded, tuple(dict.fromkeys(alerts)))

    @property
    def is_counted(self) -> bool:
        """Whether evaluators count for the monitor; else its records are of series of the user's own."""
        return self.has(names.THROUGHPUT)

    def has(self, *records: str) -> bool:
        """Tell whether rules make all of these; a record is named with its window."""
        return self.names.issuperset(records)

    def of(self, record: str, *matchers: str) -> str:
        """Select a record, narrowed by matchers."""
        found = self.scope.recorded(record)
        return narrowed(found, *matchers) if matchers else found

    def quality(self, record: str, *matchers: str) -> str:
        """Select a record over the window of quality."""
        return self.of(self.of_quality(record), *matchers)

    def of_quality(self, record: str) -> str:
        """Return the name of a record over the window of quality."""
        return f"{record}{self.scope.quality_window}"

    def of_drift(self, record: str) -> str:
        """Return the name of a record over the window of drift; without `spec.drift` nothing has it."""
        drift = self.scope.monitor.spec.drift
        return f"{record}{drift.window}" if drift else record


@dataclass(frozen=True)
class Subject:
    """A monitor with its objectives, and with its records where evaluators or own series feed some."""

    monitor: ModelMonitor
    slos: tuple[Slo, ...]
    records: Records | None

    @classmethod
    def of_groups(
        cls, monitor: ModelMonitor, slos: Sequence[Slo], scope: Scope | None, groups: Sequence[Group]
    ) -> "Subject":
        """Return what a plan's rules let dashboards show; without a scope only objectives are known."""
        return cls(monitor, tuple(slos), Records.of_groups(scope, groups) if scope else None)
