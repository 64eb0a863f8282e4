"""The PromQL behind the panels: of one objective, and of all objectives of a monitor."""

from dataclasses import dataclass

from modelmonitor.api import ModelMonitor
from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Severity
from modelmonitor.plan import names, promql
from modelmonitor.plan.burnrate import Pair
from modelmonitor.plan.dashboards import style
from modelmonitor.plan.query import result_labels
from modelmonitor.plan.slo import Slo

SHOWN_WINDOWS = tuple(Duration.parse(text) for text in ("6h", "1d"))
_SLO_ALERTS = f'alertname=~"{names.BURN_ALERT}|{names.ABSENT_ALERT}"'


@dataclass(frozen=True, slots=True)
class OfObjective:
    """Queries about one objective; a series for each of its groups, the worst where they are not known."""

    slo: Slo

    @property
    def groups(self) -> tuple[str, ...]:
        """The labels by which its series differ."""
        timeslices = self.slo.objective.sli.timeslices
        return result_labels(timeslices.query) if timeslices else self.slo.indicator.grouping or ()

    def legend(self, text: str) -> str:
        """Name a series: its groups, then what it is."""
        return " · ".join((*(f"{{{{{label}}}}}" for label in self.groups), text))

    def windows(self) -> list[Duration]:
        """Return the windows in which people read an SLI: six hours, a day and the period."""
        return [*(window for window in SHOWN_WINDOWS if window < self.slo.period), self.slo.period]

    def sli(self, window: Duration) -> str:
        """Return the share of good events over a window."""
        return f"1 - {self._worst('max', names.error_ratio(window))}"

    def burn(self, window: Duration) -> str:
        """Return how many times too fast the budget burns over a window."""
        return f"{self._worst('max', names.error_ratio(window))} / {promql.number(self.slo.budget)}"

    def budget_left(self) -> str:
        """Return the share of the period's budget that is left."""
        return self._worst("min", names.BUDGET_REMAINING)

    def good(self) -> str:
        """Return the good events of one step of a graph."""
        return f"sum(sum_over_time({self.slo.series(names.GOOD_5M)}[$__interval]))"

    def bad(self) -> str:
        """Return the bad events of one step of a graph."""
        total = f"sum(sum_over_time({self.slo.series(names.TOTAL_5M)}[$__interval]))"
        return f"clamp_min({total} - {self.good()}, 0)"

    def burn_alert(self, pair: Pair) -> str:
        """Return the state of a pair's alert; no sample while its rules do not run."""
        loud = style.PAGE if pair.severity is Severity.CRITICAL else style.TICKET
        return self._alert(f'alertname="{names.BURN_ALERT}",{names.PAIR}="{pair.name}"', loud)

    def absent_alert(self) -> str:
        """Return the state of the alert that nothing is measured."""
        return self._alert(f'alertname="{names.ABSENT_ALERT}"', style.TICKET)

    def _alert(self, matchers: str, loud: int) -> str:
        own = f"{matchers},{names.SLO_ID}={promql.string(self.slo.identity[names.SLO_ID])}"
        firing, pending = (f'max(ALERTS{{{own},alertstate="{state}"}})' for state in ("firing", "pending"))
        return f"{loud} * {firing} or {pending} or 0 * max({self.slo.series(names.ERROR_BUDGET)})"

    def _worst(self, function: str, record: str) -> str:
        by = f" by ({', '.join(self.groups)}) " if self.groups else ""
        return f"{function}{by}({self.slo.series(record)})"


@dataclass(frozen=True, slots=True)
class OfMonitor:
    """Queries about all objectives of a monitor, one series for each; the worst group counts.

    Attributes
    ----------
    selected
        True: only the objectives that the dashboard's variable selects.
    """

    monitor: ModelMonitor
    selected: bool = False

    def state(self) -> str:
        """Return the state of each objective as a number, by the same rule as the monitor's status."""
        budget = self.budget_left()
        return "\nor ".join(
            (
                f"{style.BREACHED} + 0 * ({budget} <= 0)",
                f"{style.AT_RISK} + 0 * {self._raised(names.BURN_ALERT)}",
                f"{style.NOT_MEASURED} + 0 * {self._raised(names.ABSENT_ALERT)}",
                f"{style.AT_RISK} + 0 * ({budget} < {style.LOW_BUDGET})",
                f"{style.MET} * {budget}",
                f"{style.NOT_MEASURED} + 0 * {self.known()}",
            )
        )

    def met(self) -> str:
        """Return how many objectives are met, at risk or not."""
        return f"sum(({self.state()}) <= bool {style.AT_RISK})"

    def budget_left(self) -> str:
        """Return the budget left of each objective."""
        return f"min by ({names.SLO_NAME}) ({self._series(names.BUDGET_REMAINING)})"

    def sli(self) -> str:
        """Return the share of good events of each objective over its own period."""
        spent, budget = self._series(names.PERIOD_BURN), self._series(names.ERROR_BUDGET)
        by_id = f"max by ({names.SLO_ID}) ({budget})"
        return f"min by ({names.SLO_NAME}) (1 - {spent} * on ({names.SLO_ID}) group_left () {by_id})"

    def target(self) -> str:
        """Return the objective itself."""
        return f"max by ({names.SLO_NAME}) ({self._series(names.OBJECTIVE)})"

    def period(self) -> str:
        """Return the length of each objective's period in days."""
        return f"max by ({names.SLO_NAME}) ({self._series(names.PERIOD_DAYS)})"

    def burn(self) -> str:
        """Return how many times too fast each budget burns now."""
        return f"max by ({names.SLO_NAME}) ({self._series(names.CURRENT_BURN)})"

    def known(self) -> str:
        """Return one sample for each objective whose rules run."""
        return f"max by ({names.SLO_NAME}) ({self._series(names.ERROR_BUDGET)})"

    def alerts(self) -> str:
        """Return the loudest state of the alerts of each objective."""
        loud = [
            f"{level} * {self._alerts(f'{_SLO_ALERTS},{_severity(pages)}', state='firing')}"
            for level, pages in ((style.PAGE, True), (style.TICKET, False))
        ]
        pending = self._alerts(_SLO_ALERTS, state="pending")
        return "\nor ".join((*loud, pending, f"{style.QUIET} * {self.known()}"))

    def raised(self, *, pages: bool, each: bool = False) -> str:
        """Return how often people were called in the time shown, in total or for each objective.

        Only a beginning counts: firing now and not a minute before.
        """
        matchers = f"{_SLO_ALERTS},{_severity(pages)}"
        now, before = (self._alerts(matchers, state="firing", offset=offset) for offset in ("", " offset 1m"))
        began = f"count_over_time(({now} unless {before})[$__range:1m])"
        return f"{began} or 0 * {self.known()}" if each else f"sum({began}) or 0 * max({self.known()})"

    def _raised(self, alert: str) -> str:
        return self._alerts(f'alertname="{alert}"', state="pending|firing")

    def _alerts(self, matchers: str, *, state: str, offset: str = "") -> str:
        return f'max by ({names.SLO_NAME}) (ALERTS{{{matchers},alertstate=~"{state}",{self._own}}}{offset})'

    def _series(self, record: str) -> str:
        return f"{record}{{{self._own}}}"

    @property
    def _own(self) -> str:
        matchers = {names.NAMESPACE: self.monitor.namespace, names.MONITOR: self.monitor.name}
        own = ",".join(f"{name}={promql.string(value)}" for name, value in matchers.items())
        return f'{own},{names.SLO_NAME}=~"$objective"' if self.selected else own


def _severity(pages: bool) -> str:
    return f'{names.SEVERITY}{"=" if pages else "!="}"{Severity.CRITICAL}"'
