"""Alerts of one objective: one per burn-rate pair, and one for a measurement that is gone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Severity
from modelmonitor.plan import burnrate, meaning, names, promql
from modelmonitor.plan.burnrate import Pair
from modelmonitor.plan.rules import Alert

if TYPE_CHECKING:
    from modelmonitor.plan.slo import Slo  # which asks rooms how they measure, and those link to alerts

ABSENT_FOR = Duration.parse("10m")
"""Shorter is not restored after a restart of Prometheus."""


_MATCHERS = (
    '{{ $own := "" }}'
    '{{ range $name, $value := $labels }}{{ $own = printf "%s%s=%q," $own $name $value }}{{ end }}'
)
"""Matches the labels of the series that fires, whichever they are."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where the people who get an alert find more.

    Attributes
    ----------
    dashboard
        Address of the monitor's dashboard; empty: none.
    runbooks
        Address under which each alert has a page of its own name.
    """

    dashboard: str
    runbooks: str

    def annotations(self, alert: str) -> dict[str, str]:
        """Return the links that every alert carries."""
        dashboard = {"dashboard_url": self.dashboard} if self.dashboard else {}
        return {"runbook_url": f"{self.runbooks}/{alert}", **dashboard}


@dataclass(frozen=True, slots=True)
class _Burn:
    """What the alert of a pair says, whichever objective burns: its numbers, written."""

    threshold: str
    factor: str
    threshold_percent: str
    budget_percent: str


@lru_cache(maxsize=1024)
def _burn(pair: Pair, percent: Decimal) -> _Burn:
    budget = burnrate.budget_of(percent)
    threshold = promql.number(pair.threshold(budget))
    return _Burn(threshold, f"{float(pair.factor):.4g}", _percent(threshold), _percent(promql.number(budget)))


def burn_alerts(slo: "Slo", links: Links, pairs: Iterable[Pair]) -> tuple[Alert, ...]:
    """Fire while the budget burns too fast over both windows of a pair, on enough events: one for each pair.

    Factors and windows are annotations: a label that changes would end a firing alert and start another.
    """
    who, left, more = _who(slo), _budget_left(slo) + meaning.error(slo), links.annotations(names.BURN_ALERT)
    alerts = []
    for pair in pairs:
        burn = _burn(pair, slo.objective.objective)
        labels = {**_labels(slo, pair.severity), names.PAIR: pair.name}
        texts = {**_burn_texts(pair, burn, who, left), **more}
        alerts.append(Alert(names.BURN_ALERT, _burning(slo, pair, burn), pair.hold, labels, texts))
    return tuple(alerts)


def absent_alert(slo: "Slo", links: Links) -> Alert:
    """Fire when nothing is measured any more: no data is neither good nor bad; somebody must know."""
    who = _who(slo)
    texts = {
        "summary": f"{who}: nothing is measured",
        "description": f"Prometheus has had no sample of what {who} is measured by "
        "for more than ten minutes. "
        "The objective is neither met nor breached: it is not known. A target scaled to zero looks the same."
        f"{meaning.absence(slo)}",
    }
    return Alert(
        names.ABSENT_ALERT,
        f"absent({slo.indicator.presence()})",
        ABSENT_FOR,
        {**slo.identity, names.SEVERITY: Severity.WARNING.value},
        {**texts, **links.annotations(names.ABSENT_ALERT)},
    )


def _burning(slo: "Slo", pair: Pair, burn: _Burn) -> str:
    terms = [
        f"{_by_group(slo, names.error_ratio(window))} > {burn.threshold}"
        for window in (pair.short, pair.long)
    ]
    if least := slo.least_events(pair):
        terms.append(f"max without ({names.SLO_WINDOW}) ({slo.indicator.events(pair.long)}) >= {least}")
    return "\nand ignoring () ".join(terms)


def _by_group(slo: "Slo", record: str) -> str:
    return f"max without ({names.SLO_WINDOW}) ({slo.series(record)})"


def _labels(slo: "Slo", severity: Severity) -> dict[str, str]:
    static = (names.NAMESPACE, names.MONITOR, names.SLO_NAME)
    return {names.SEVERITY: severity.value, **{name: slo.identity[name] for name in static}}


def _burn_texts(pair: Pair, burn: _Burn, who: str, budget_left: str) -> Mapping[str, str]:
    adapted = f" This pair was adapted: {pair.adapted}." if pair.adapted else ""
    return {
        "summary": f"{who} burns its error budget more than {burn.factor} times too fast",
        "description": "The error ratio is {{ $value | humanizePercentage }} "
        f"over the last {pair.short} and above {burn.threshold_percent} over the last {pair.long}, "
        f"where {burn.budget_percent} may be. {budget_left}{adapted}",
        "burn_rate": burn.factor,
        "short": str(pair.short),
        "long": str(pair.long),
    }


def _who(slo: "Slo") -> str:
    percent = promql.number(slo.objective.objective)
    return f"{slo.monitor.namespace}/{slo.monitor.name}: objective {slo.objective.name} ({percent} %)"


def _percent(ratio: str) -> str:
    return f"{float(ratio) * 100:.4g} %"


def _budget_left(slo: "Slo") -> str:
    """Ask for the budget of the very series that fires; Go's raw strings need no escapes."""
    grouping = slo.indicator.grouping
    series = (
        slo.series(names.BUDGET_REMAINING).removesuffix("}")
        + "".join(f",{label}=%q" for label in grouping or ())
        + "}"
    )
    values = "".join(f" $labels.{label}" for label in grouping or ())
    asked = f"printf `{series}`{values} | query" if grouping else f"query `{series}`"
    before = ""
    if grouping is None:
        before, asked = _MATCHERS, f"printf `{names.BUDGET_REMAINING}{{%s}}` $own | query"
    left = "{{ . | first | value | humanizePercentage }}"
    return f"{before}{{{{ with {asked} }}}}Budget left for {slo.period}: {left}.{{{{ end }}}}"
