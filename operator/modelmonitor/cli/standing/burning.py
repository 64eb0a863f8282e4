"""How fast the error budgets of objectives burn, and what that takes for an alert."""

from collections.abc import Iterator
from dataclasses import dataclass

from modelmonitor import plan
from modelmonitor.api import ModelMonitor
from modelmonitor.cli.reaching.prometheus import Prometheus
from modelmonitor.plan import names
from modelmonitor.plan.dashboards.queries import OfMonitor, OfObjective
from modelmonitor.plan.slo import Slo
from modelmonitor.wire.profile import Profile


@dataclass(frozen=True, slots=True)
class Burning:
    """How fast a budget burns over the two windows of an alert; None is not known.

    Attributes
    ----------
    factor
        How many times too fast it must burn over both windows for the alert.
    """

    objective: str
    pair: str
    severity: str
    factor: float
    long: str
    short: str
    over_long: float | None
    over_short: float | None

    @property
    def exceeds(self) -> bool:
        """Whether it burns faster than the alert tolerates, over both windows."""
        found = (self.over_long, self.over_short)
        return all(it is not None and it > self.factor for it in found)


def burning(
    monitor: ModelMonitor, profile: Profile | None, prometheus: Prometheus, at: float
) -> list[Burning]:
    """Return how fast every budget burns, pair by pair."""
    return [one for slo in plan.objectives(monitor, profile) for one in _pairs(slo, prometheus, at)]


def left(monitor: ModelMonitor, prometheus: Prometheus, at: float) -> dict[str, float]:
    """Return the share of each error budget that is left now."""
    found = prometheus.values(OfMonitor(monitor).budget_left(), at, names.SLO_NAME)
    return {name: value for (name,), value in found.items()}


def _pairs(slo: Slo, prometheus: Prometheus, at: float) -> Iterator[Burning]:
    queries = OfObjective(slo)
    for pair in slo.pairs:
        over = [
            max(prometheus.values(queries.burn(it), at).values(), default=None)
            for it in (pair.long, pair.short)
        ]
        yield Burning(
            slo.objective.name, pair.name, pair.severity.value, float(pair.factor),
            str(pair.long), str(pair.short), *over,
        )  # fmt: skip
