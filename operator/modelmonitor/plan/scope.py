"""What the rules of one monitor's evaluators are about: whose counters, at which reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from modelmonitor.api import ModelMonitor
from modelmonitor.api.duration import Duration
from modelmonitor.plan import evaluation, names, promql
from modelmonitor.wire.families import Family
from modelmonitor.wire.profile import Profile
from modelmonitor.wire.scheme import Scheme

DAY = Duration.parse("1d")
A_MINUTE = Duration.parse("1m")
"""Between samples of records that are looked at, and of alerts that wait for minutes anyway."""
FIVE_MINUTES = Duration.parse("5m")
SLOWEST = Duration.parse("4m")
"""Between samples of a record that is read at any moment: one of 5m is stale, and rules take time."""
LONGEST_DIRECT = Duration.parse("6h")
"""Longer windows are sums of records of five minutes: an increase over days reads every scrape."""


@dataclass(frozen=True)
class Scope:
    """A monitor held against its reference."""

    monitor: ModelMonitor
    scheme: Scheme

    @classmethod
    def of(cls, monitor: ModelMonitor, profile: Profile | None) -> "Scope":
        """Hold a monitor against its reference; SpecInvalid when the two do not fit."""
        return cls(monitor, evaluation.evaluated(monitor, profile))

    @cached_property
    def identity(self) -> dict[str, str]:
        """The static labels of every record and alert of the monitor."""
        return {names.NAMESPACE: self.monitor.namespace, names.MONITOR: self.monitor.name}

    @property
    def scrape_interval(self) -> Duration:
        """How often evaluators are scraped."""
        return self.monitor.spec.prometheus.scrape_interval

    @property
    def quality_window(self) -> Duration:
        """The window over which quality is told, and judged where that is asked for."""
        return quality_window(self.monitor)

    @property
    def is_judged(self) -> bool:
        """Whether the monitor asks how good predictions are, for which the truth must come."""
        return is_judged(self.monitor)

    def counted(self, family: Family, part: str = "", **labels: str) -> str:
        """Select the evaluators' series of a family, those of the current reference where it matters.

        Parameters
        ----------
        part
            `_bucket`, `_sum` or `_count` of a histogram.
        labels
            What further labels must equal; `class_` is the label `class`.
        """
        ours = dict(self.identity)
        if family.profile:
            ours["profile"] = self.scheme.profile_hash
        if "thresholds" in family.labels:
            ours["thresholds"] = self.scheme.config.model.cuts
        more = {label.rstrip("_"): value for label, value in labels.items()}
        return promql.selector(f"{family.name}{part}", {**ours, **more})

    def recorded(self, record: str, labels: Mapping[str, str] | None = None) -> str:
        """Select the monitor's own series of a record."""
        return promql.selector(record, {**self.identity, **(labels or {})})


def is_judged(monitor: ModelMonitor) -> bool:
    """Tell whether a monitor asks how good predictions are, for which the truth must come."""
    spec = monitor.spec
    asked = (spec.labels, spec.degradation, spec.model.costs, spec.model.segments)
    of_groups = any(entry.metric.needs_truth for entry in spec.fairness)
    return any(asked) or of_groups or any(one.sli.quality for one in spec.objectives)


def quality_window(monitor: ModelMonitor) -> Duration:
    """Return the window over which quality is told."""
    degradation = monitor.spec.degradation
    return degradation.window if degradation else DAY
