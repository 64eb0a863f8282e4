"""Gaps between protected groups, with the limits that their rows leave, and the rates behind them."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.api.quality import Fairness
from modelmonitor.plan import names, promql
from modelmonitor.plan.dashboards import panels, style, tables
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.dashboards.tables import Column, Order
from modelmonitor.plan.fairness.compared import RATES

WORDS = ("within", "perhaps beyond", "beyond")
_KEY = f"{names.ATTRIBUTE}, {names.METRIC}"
_RATE_OF = {
    "Selection": "predicted positive",
    "TruePositive": "positives found",
    "FalsePositive": "negatives taken for positive",
}


def sections(records: Records) -> Iterator[Section]:
    """Yield all gaps in a table, then each with the rates of its groups."""
    entries = asked(records)
    if entries:
        each = [Line(8, (_gap(records, entry), _rates(records, entry))) for entry in entries]
        table = Line(min(3 + len(entries), 10) if len(entries) > 1 else 4, (_table(records, entries),))
        yield Section((table, *each), "Fairness · gaps between groups")


def asked(records: Records) -> list[Fairness]:
    """Return the gaps that rules record."""
    entries = records.scope.monitor.spec.fairness
    return [it for it in entries if records.has(f"{names.FAIRNESS}{it.window}")]


def verdicts(records: Records) -> str:
    """Return of each gap: 0 within what is accepted, 1 beyond it but not surely, 2 surely beyond."""
    found = []
    for entry in asked(records):
        sign, bound = ("<", entry.at_least) if entry.at_most is None else (">", entry.at_most)
        limit = names.FAIRNESS_HIGH if entry.at_most is None else names.FAIRNESS_LOW
        parts = (
            f"({_of(records, entry, it)} {sign} bool {promql.number(bound or 0)})"
            for it in (names.FAIRNESS, limit)
        )
        found.append(f"max by ({_KEY}) ({' + '.join(parts)})")
    return "\nor ".join(found)


def _of(records: Records, entry: Fairness, record: str, *matchers: str) -> str:
    own = (f"{label}={promql.string(value)}" for label, value in _labels(entry).items())
    return records.of(f"{record}{entry.window}", *own, *matchers)


def _labels(entry: Fairness) -> dict[str, str]:
    return {names.ATTRIBUTE: entry.attribute, names.METRIC: entry.metric.value}


def _bound(entry: Fairness) -> float:
    bound = entry.at_least if entry.at_most is None else entry.at_most
    return float(bound or 0)


def _accepted(entry: Fairness) -> str:
    """Return what is accepted as a series of the labels of its gap."""
    series = f"vector({_bound(entry)!r})"
    for label, value in _labels(entry).items():
        series = f'label_replace({series}, "{label}", {promql.string(value.replace("$", "$$"))}, "", "")'
    return series


def _table(records: Records, entries: list[Fairness]) -> Any:
    about = About(
        "Gaps",
        "Each gap between the groups that differ most, the limits between which it surely lies at these "
        "rows, and what you accept: a ratio at least, a difference at most. Normal: within. Perhaps "
        "beyond: the gap is, its nearer limit is not; wait for more rows. Beyond: it surely is, and an "
        "alert fires.",
    )

    def each(record: str) -> str:
        return "\nor ".join(f"max by ({_KEY}) ({_of(records, entry, record)})" for entry in entries)

    number = {"unit": "short", "decimals": 3}
    columns = (
        Column("Verdict", verdicts(records), tables.word(style.judgements(*WORDS))),
        Column("Gap", each(names.FAIRNESS), number),
        Column("At least", each(names.FAIRNESS_LOW), number),
        Column("At most", each(names.FAIRNESS_HIGH), number),
        Column("Accepted", "\nor ".join(map(_accepted, entries)), number),
    )
    labels = {names.ATTRIBUTE: "Attribute", names.METRIC: "Metric"}
    return tables.joined(about, labels, columns, Order("Attribute"))


def _gap(records: Records, entry: Fairness) -> Any:
    side = "above" if entry.at_most is None else "below"
    about = About(
        f"{entry.metric.value} · {entry.attribute}",
        f"The gap over the last {entry.window}, and dotted the limits between which it surely lies. Normal: "
        f"{side} the dashed line, which is what you accept. Limits far apart: some group has few rows.",
    )
    records_of = {
        "gap": names.FAIRNESS,
        "surely at least": names.FAIRNESS_LOW,
        "surely at most": names.FAIRNESS_HIGH,
    }
    queries = [Query(_of(records, entry, record), name) for name, record in records_of.items()]
    overrides = [
        *style.colours((style.CALM, style.FAINT, style.FAINT)),
        *style.by_query(
            ["B", "C"], **{"custom.lineStyle": {"fill": "dot", "dash": [2, 4]}, "custom.lineWidth": 1}
        ),
    ]
    drawing = Drawing(style.limits((_bound(entry), style.BAD)), overrides=overrides)
    scale = Scale("short", 3, low=0, soft_high=1.1 * _bound(entry))
    return panels.graph(about, queries, scale, drawing)


def _rates(records: Records, entry: Fairness) -> Any:
    rates = RATES[entry.metric]
    said = " and ".join(_RATE_OF[rate] for rate in rates)
    about = About(
        f"Rates by {entry.attribute}",
        f"Share of the rows of each group that are {said}, which the gap is made of. Normal: lines close to "
        "one another. Which group is left behind, and since when, is seen here. Groups with few rows are not "
        "compared.",
    )
    legend = f"{{{{{names.GROUP}}}}}" + (f" · {{{{{names.RATE}}}}}" if len(rates) > 1 else "")
    by = f"max by ({names.GROUP}, {names.RATE})"
    query = Query(f"{by} ({_of(records, entry, names.GROUP_RATE)})", legend)
    return panels.graph(about, [query], Scale("percentunit", 1, low=0), Drawing())
