"""The document as tables, at most 100 columns wide."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelmonitor.cli.statistics.asking import Document
from modelmonitor.cli.statistics.words import bar, count, number, seconds, share
from modelmonitor.cli.terminal import plain

MOST_FEATURES = 15
_NAME_WIDTH = 22
_METRICS = {
    "BinaryClassification": ("Accuracy", "Precision", "Recall", "F1", "RocAuc", "PrAuc", "LogLoss"),
    "MulticlassClassification": ("Accuracy", "Precision", "Recall", "F1", "RocAuc", "LogLoss", "Brier"),
    "Regression": ("MAE", "RMSE", "MAPE", "R2", "Bias", "MedianError", "MaxError"),
}
_VERDICTS = {
    "Drift": ("drift", "bold red"),
    "None": ("no drift", "green"),
    "Insufficient": ("too few rows", "dim"),
}
_STATES = {"Good": "green", "Warning": "yellow", "Critical": "bold red", "NoData": "dim"}
_FIFTHS = {"Met": "green", "Violated": "bold red"}


def tables(found: Document) -> Iterator[RenderableType]:
    """Yield what there is to see, part by part."""
    yield _head(found)
    if "complaint" in found:
        yield plain(f"problem: {found['complaint']}", "red")
    yield from _traffic(found["traffic"])
    if "predictions" in found:
        yield from _predictions(found["predictions"])
        yield _coverage(found["coverage"])
        yield _quality(found)
        yield from _classes(found["quality"][0])
        yield from _drift(found["drift"])
        yield from _fairness(found["fairness"])
    yield from _losses(found["losses"])


def _head(found: Document) -> Text:
    reference = found.get("reference")
    told = [
        found.get("monitor") or "no monitor",
        found.get("task", ""),
        found["state"],
        f"version {found['version']}" if found["version"] else "",
        f"reference {reference['profile']} of {count(reference['rows'])} rows"
        if reference
        else "no reference",
        found["time"],
    ]
    return plain("  ".join(part for part in told if part), "bold")


def _traffic(traffic: Document) -> Iterator[RenderableType]:
    table = _table(
        "REQUESTS", "OK", "ERROR", "TIMEOUT", "REJECTED", "P50", "P95", "P99", "OTHER PATHS", "MODEL"
    )
    outcomes, took = traffic["byOutcome"], traffic["seconds"]
    up = traffic["modelUp"]
    table.add_row(
        count(traffic["requests"]),
        *(count(outcomes[name]) for name in ("ok", "error", "timeout", "rejected")),
        *(seconds(took[name]) for name in ("p50", "p95", "p99")),
        count(traffic["passthrough"]),
        Text("-") if up is None else Text("up", "green") if up else Text("down", "bold red"),
    )
    yield table
    if traffic["thresholds"]:
        yield Text(f"of good answers and timeouts: {', '.join(map(_within, traffic['thresholds']))}", "dim")


def _within(one: Document) -> str:
    return f"{share(one['within'] / one['of'] if one['of'] else None)} within {seconds(one['seconds'])}"


def _predictions(found: Document) -> Iterator[Table]:
    total = found["count"]
    if "byClass" not in found:
        table = _table("PREDICTIONS", "WITHOUT ID")
        table.add_row(count(total), count(found["withoutId"]))
        yield table
        return
    table = _table("PREDICTED", "ROWS", "SHARE", "", left=(0, 3))
    for name, rows in sorted(found["byClass"].items(), key=lambda one: -one[1])[:MOST_FEATURES]:
        part = rows / total if total else None
        table.add_row(_name(name), count(rows), share(part), bar(part))
    yield table


def _coverage(found: Document) -> Table:
    table = _table(
        "MATURED", "LABELLED", "IMPLIED", "COVERAGE", "PENDING", "LAG P50", "LABELS THAT WERE SENT", left=(6,)
    )
    labels = "  ".join(f"{name} {count(rows)}" for name, rows in found["labels"].items() if rows)
    table.add_row(
        count(found["matured"]),
        count(found["explicit"]),
        count(found["implicit"]),
        Text(share(found["share"]), _STATES[found["state"]]),
        count(found["pending"]),
        seconds(found["lagSeconds"]["p50"]),
        Text(labels or "none"),
    )
    return table


def _quality(found: Document) -> Table:
    whole = found["quality"][0]["metrics"]
    names = [name for name in _METRICS.get(found["task"], tuple(whole)[:7]) if name in whole]
    table = _table("SEGMENT", "ROWS", *(name.upper() for name in names), left=(0,))
    if any("reference" in whole[name] for name in names):
        table.add_row(
            Text("the reference", "dim"), "", *(number(whole[name].get("reference")) for name in names)
        )
    for segment in found["quality"]:
        metrics = segment["metrics"]
        title = _name(segment["segment"]) if segment["segment"] else Text("all", "bold")
        table.add_row(title, count(segment["rows"]), *(number(metrics[name]["value"]) for name in names))
    return table


def _classes(found: Document) -> Iterator[Table]:
    if "classes" not in found:
        return
    table = _table("ACTUAL CLASS", "ROWS", "PRECISION", "RECALL", "F1", "FPR", "FNR", "ROCAUC", left=(0,))
    rates = ("precision", "recall", "f1", "falsePositiveRate", "falseNegativeRate", "rocAuc")
    for one in found["classes"][:MOST_FEATURES]:
        table.add_row(_name(one["class"]), count(one["rows"]), *(number(one[rate]) for rate in rates))
    yield table


def _drift(found: Sequence[Document]) -> Iterator[RenderableType]:
    if not found:
        return
    table = _table("FEATURE", "", "PSI", "CRITICAL", "", "KS", "MISSING", "INVALID", "BEYOND", left=(0, 1, 4))
    largest = max(1.0, *(one["psi"] or 0.0 for one in found))
    for one in found[:MOST_FEATURES]:
        text, style = _VERDICTS[one["verdict"]]
        rows = one["rows"] or 1
        table.add_row(
            _name(one["feature"]),
            Text(text, style),
            number(one["psi"]),
            number(one["critical"]),
            bar((one["psi"] or 0.0) / largest),
            number(one.get("ks")),
            *(share(one[flaw] / rows) if one.get(flaw) else Text("-", "dim") for flaw in _FLAWS),
        )
    yield table
    if len(found) > MOST_FEATURES:
        yield Text(f"and {len(found) - MOST_FEATURES} more; all of them: -o json", "dim")


_FLAWS = ("missing", "invalid", "outOfRange")


def _fairness(found: Sequence[Document]) -> Iterator[Table]:
    if not found:
        return
    table = _table("PROTECTED", "LEAST", "MOST", "RATIO", "LIMITS", "FOUR FIFTHS", left=(0, 1, 2, 5))
    for one in found:
        gap = one["gaps"]["demographicParityRatio"]
        limits = f"{number(gap['low'])} to {number(gap['high'])}" if gap["low"] is not None else "-"
        verdict = Text(one["fourFifths"].lower(), _FIFTHS.get(one["fourFifths"], "dim"))
        names = (_name(gap[side] or "-") for side in ("least", "most"))
        table.add_row(_name(one["attribute"]), *names, number(gap["value"]), limits, verdict)
    yield table


def _losses(found: Document) -> Iterator[RenderableType]:
    if found:
        table = _table("NOT COUNTED", "EVENTS", left=(0,))
        for reason, events in sorted(found.items(), key=lambda one: -one[1]):
            table.add_row(Text(reason, "yellow"), count(events))
        yield table


def _table(*names: str, left: Sequence[int] = ()) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, name in enumerate(names):
        table.add_column(name, justify="left" if place in left else "right", no_wrap=True)
    return table


def _name(text: Any) -> Text:
    name = plain(str(text))
    name.truncate(_NAME_WIDTH, overflow="ellipsis")
    return name
