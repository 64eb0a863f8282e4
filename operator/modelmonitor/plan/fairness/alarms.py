"""The alert of one gap that is surely too large."""

from modelmonitor.api.quality import Fairness
from modelmonitor.plan import alarms, judgement, names, promql
from modelmonitor.plan.alarms import Alarm
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.fairness.compared import FALSE_POSITIVE, RATES, SELECTION, TRUE_POSITIVE
from modelmonitor.plan.rules import Alert
from modelmonitor.plan.scope import Scope
from modelmonitor.stats.fairness import MINIMUM_ROWS

_SAID = {
    SELECTION: "predicted positive",
    TRUE_POSITIVE: "of the actually positive, predicted so",
    FALSE_POSITIVE: "of the actually negative, predicted positive",
}


def alert(scope: Scope, links: Links, entry: Fairness) -> Alert:
    """Fire while even the limit of the gap that is nearer to parity is beyond what is accepted."""
    labels = {names.ATTRIBUTE: entry.attribute, names.METRIC: entry.metric.value}

    def of(record: str, **more: str) -> str:
        return scope.recorded(f"{record}{entry.window}", {**labels, **more})

    def number(query: str) -> str:
        asked = promql.string(query)
        return f"{{{{ with query {asked} }}}}{{{{ . | first | value | printf `%.3g` }}}}{{{{ end }}}}"

    is_ratio = entry.at_least is not None
    bound = promql.number(entry.at_least if entry.at_least is not None else entry.at_most or 0)
    sure = f"{of(names.FAIRNESS_HIGH)} < {bound}" if is_ratio else f"{of(names.FAIRNESS_LOW)} > {bound}"
    side, accepted = ("at most", "at least") if is_ratio else ("at least", "at most")
    extremes = "".join(_extremes(of(names.GROUP_RATE, rate=rate), rate) for rate in RATES[entry.metric])
    alarm = Alarm(
        names.FAIRNESS_ALERT,
        entry.severity,
        sure,
        f"{entry.metric.value} between groups of {_text(entry.attribute)} is beyond what is accepted",
        f"Over the last {entry.window} it is {number(of(names.FAIRNESS))}, surely {side} "
        f"{{{{ printf `%.3g` $value }}}}, where {accepted} {bound} is accepted.{extremes} "
        f"Groups of fewer than {MINIMUM_ROWS} rows are not compared.",
        keep=judgement.KEEP,
        labels=labels,
    )
    return alarms.alert(scope, links, alarm)


def _extremes(rates: str, rate: str) -> str:
    """Name the groups with the highest and the lowest rate, and their rates."""
    each = "".join(
        f"{{{{ range query {promql.string(f'{which}(1, {rates})')} }}}} {word} "
        f"{{{{ .Labels.{names.GROUP} }}}} ({{{{ .Value | humanizePercentage }}}}){{{{ end }}}}"
        for which, word in (("topk", "most"), ("bottomk", "and least"))
    )
    return f" {_SAID[rate].capitalize()}:{each}."


def _text(value: str) -> str:
    """Write a text into a template as it is."""
    return value.replace("{{", '{{ "{{" }}')
