"""Monitors as tables, at most 100 columns wide."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from modelmonitor.cli.standing.conditions import Trouble
from modelmonitor.cli.standing.monitor import Json, Standing, since
from modelmonitor.cli.statistics.words import bar, count, number, share
from modelmonitor.cli.terminal import plain

UNSEEN_SO_FAR = "no operator has looked at it yet: is one running, and does it watch this namespace?"
_NAME, _FEATURE = 28, 24
_STYLES = {
    "True": "green",
    "False": "bold red",
    "Unknown": "yellow",
    "Met": "green",
    "AtRisk": "yellow",
    "Breached": "bold red",
    "NoData": "dim",
    "Unseen": "yellow",
    "Drift": "bold red",
    "None": "green",
}
_WORDS = {"AtRisk": "at risk", "NoData": "no data", "None": "no drift", "": "-"}


def listed(found: Sequence[Standing], now: datetime, *, namespaces: bool, wide: bool) -> Table:
    """Return one line for each monitor; `wide` cuts no name and adds columns."""
    most = None if wide else _NAME - 6 * namespaces
    head = ["MONITOR", "READY", "HEALTH", "OBJECTIVES", "BUDGET", "DRIFT", "EVALUATORS", "AGE"]
    more = ["TARGET", "COVERAGE", "NOT WELL"] if wide else []
    table = _table(*(["NAMESPACE"] if namespaces else []), *head, *more)
    for one in found:
        names = [one.namespace, one.name] if namespaces else [one.name]
        table.add_row(
            *(_cut(name, most) for name in names),
            _word(one.ready),
            _word(one.health),
            *(plain(it or "-") for it in (one.kept, one.budget, one.drifted)),
            _injected(one),
            one.age(now),
            *(_more(one) if wide else ()),
        )
    return table


def detailed(one: Standing, now: datetime) -> Iterator[RenderableType]:
    """Yield what there is to see of one monitor, part by part."""
    yield _head(one, now)
    parts = (
        _objectives(one.objectives, now),
        _drift(one.drift),
        _labels(one),
        *troubles(one.troubles, now),
        _children(one.children),
    )
    for part in parts:
        if part is not None:
            yield Padding(part, (1, 0, 0, 0))


def troubles(found: Sequence[Trouble], now: datetime) -> Iterator[RenderableType]:
    """Yield what is not well, with its message, which says what to do."""
    for one in found:
        style = "bold red" if one.is_bad else "yellow"
        ago = since(one.since, now)
        title = Text.assemble((f"{one.type} {one.status}", style), f" {one.reason}", (f"  {ago}", "dim"))
        body = Padding(plain(one.message), (0, 0, 0, 2))
        table = Table.grid()
        table.add_row(title)
        table.add_row(body)
        yield table


def state(word: str) -> str:
    """Write a state as people say it."""
    return _WORDS.get(word, word if word in {"True", "False"} else word.lower())


def _head(one: Standing, now: datetime) -> Text:
    told = [one.name, f"in {one.namespace}", one.target, one.task]
    text = plain("  ".join(part for part in told if part), "bold")
    text.append(f"  age {one.age(now)}", "dim")
    if not one.status:
        text.append(f"\n{UNSEEN_SO_FAR}", "yellow")
    elif one.is_outdated:
        text.append("\nthe spec has changed since the operator looked", "yellow")
    return text


def _objectives(found: Sequence[Json], now: datetime) -> Table | None:
    if not found:
        return None
    table = _table("OBJECTIVE", "STATE", "REACHED", "BUDGET LEFT", "", "SINCE", right=(2, 4))
    for one in found:
        left, sli = one.get("budgetRemaining"), one.get("sli")
        state = _word(one["state"])
        if one.get("reason"):
            state.append(f" {one['reason']}", "dim")
        table.add_row(
            _cut(one["name"], 40),
            state,
            "-" if sli is None else f"{sli:.6g}%",
            Text(bar(left), _STYLES.get(one["state"], "")),
            "-" if left is None else f"{left:.0%}",
            since(one.get("since", ""), now),
        )
    return table


def _drift(found: Sequence[Json]) -> Table | None:
    if not found:
        return None
    table = _table("COLUMN", "VERDICT", "BY", "DISTANCE", "CRITICAL", "", "ROWS", right=(3, 4, 6))
    for one in found:
        value, critical = one.get("value"), one.get("critical")
        part = value / critical / 2 if value is not None and critical else None
        verdict = _word(one["state"])
        if one.get("reason"):
            verdict.append(f" {one['reason']}", "dim")
        cells = (one.get("statistic", "-"), number(value), number(critical))
        table.add_row(_cut(one["feature"], _FEATURE), verdict, *cells, bar(part), count(one.get("samples")))
    return table


def _labels(one: Standing) -> Text | None:
    told = []
    if one.labels:
        told.append(f"labels: {share(one.labels.get('coverage'))} of the mature predictions have one")
        if lag := one.labels.get("lagP50"):
            told.append(f"half of them come within {lag}")
    if one.evaluators:
        told.append(f"evaluators: in {one.evaluators.replace('/', ' of ')} pods")
    return plain("; ".join(told)) if told else None


def _children(found: Sequence[Json]) -> Text | None:
    by_kind: dict[str, list[str]] = {}
    for one in found:
        by_kind.setdefault(str(one.get("kind")), []).append(str(one.get("name")))
    told = "; ".join(f"{kind} {', '.join(names)}" for kind, names in by_kind.items())
    return plain(f"made: {told}", "dim") if told else None


def _more(one: Standing) -> tuple[Text, Text, Text]:
    bad = ", ".join(f"{it.type}={it.reason}" for it in one.troubles) or "-"
    return plain(one.target), plain(share(one.labels.get("coverage"))), plain(bad)


def _injected(one: Standing) -> Text:
    found: Any = one.status.get("evaluators") or {}
    short = found.get("injected", 0) < found.get("pods", 0)
    return Text(one.evaluators or "-", "yellow" if short else "")


def _word(word: str) -> Text:
    return Text(state(word), _STYLES.get(word, ""))


def _cut(name: str, most: int | None) -> Text:
    text = plain(name)
    if most is not None:
        text.truncate(most, overflow="ellipsis")
    return text


def _table(*names: str, right: Sequence[int] = ()) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, name in enumerate(names):
        table.add_column(name, justify="right" if place in right else "left", no_wrap=True)
    return table
