"""Quality of classes from the confusion matrix, as `stats.classification` tells it.

An undeclared class is never a correct one: it counts in every denominator that it belongs to, and is no class
of its own in averages. Where a denominator is 0 there is no sample.
"""

from modelmonitor.plan.quality.counts import Counts
from modelmonitor.plan.quality.sources import Matcher, Not
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.names import OTHER

ACTUAL, PREDICTED = "actual", "predicted"
ROUNDED = "1e-6"
"""Differences of equal sums are rounded to 0 rows: the order of adding up may cost a last digit."""
_NO_SPREAD = "1e-12"


def rows(counts: Counts) -> str:
    """Return the labelled rows."""
    return counts.of(families.CONFUSION)


def accuracy(counts: Counts) -> str:
    """Return the share of rows whose class was predicted."""
    return f"{correct(counts)} / ({rows(counts)} > 0)"


def correct(counts: Counts) -> str:
    """Return the rows whose class was predicted; of two classes, two cells are read rather than all twice."""
    if counts.scope.scheme.task is Task.BINARY:
        its = (
            counts.read(families.CONFUSION, {ACTUAL: it, PREDICTED: it}) for it in counts.scope.scheme.classes
        )
        return f"sum by ({counts.by()}) ({' or '.join(its)})"
    return f"sum by ({counts.by()}) ({_declared(counts, ACTUAL)} and {_declared(counts, PREDICTED)})"


def outcome(counts: Counts, which: str) -> str:
    """Return the tp, fp, fn or tn of each declared class against the rest."""
    actual, predicted = (_declared(counts, side) for side in (ACTUAL, PREDICTED))
    cells = {
        "tp": f"{actual} and {predicted}",
        "fp": f"{predicted} unless {actual}",
        "fn": f"{actual} unless {predicted}",
        "tn": f"{actual} or {predicted}",
    }
    of_class = f"sum by ({counts.by('class')}) ({cells[which]})"
    if which != "tn":
        return of_class
    return f"round({rows(counts)} - on ({counts.by()}) group_right () {of_class}, {ROUNDED})"


def outcome_of(counts: Counts, which: str, positive: str) -> str:
    """Return the tp, fp, fn or tn of one class against the rest."""
    actual: Matcher = positive if which in {"tp", "fn"} else Not(positive)
    predicted: Matcher = positive if which in {"tp", "fp"} else Not(positive)
    return counts.of(families.CONFUSION, actual=actual, predicted=predicted)


def events(counts: Counts, metric: str, positive: str | None) -> tuple[str, str]:
    """Return the good and all events of a share: of one class, or of all declared ones together."""
    known = positive or Not(OTHER)
    actual, predicted = (counts.of(families.CONFUSION, **{side: known}) for side in (ACTUAL, PREDICTED))
    hits = outcome_of(counts, "tp", positive) if positive else correct(counts)
    whole = f"sum by ({counts.by()})"
    return {
        "Accuracy": (correct(counts), rows(counts)),
        "Precision": (hits, predicted),
        "Recall": (hits, actual),
        "F1": (f"{whole} (2 * {hits})", f"{whole} ({actual} + {predicted})"),
    }[metric]


def support(counts: Counts) -> str:
    """Return the rows that are of each declared class."""
    return _margin(counts, ACTUAL, declared=True)


def matthews(counts: Counts) -> str:
    """Return Matthews' correlation of actual and predicted classes, any number of them."""
    everything = rows(counts)
    spreads = (
        f"(1 - sum by ({counts.by()}) ({_margin(counts, side)} ^ 2) / {everything} ^ 2 > {_NO_SPREAD})"
        for side in (ACTUAL, PREDICTED)
    )
    agreement = f"{correct(counts)} / {everything} - {_by_chance(counts)}"
    return f"({agreement}) / sqrt({' * '.join(spreads)})"


def cohen_kappa(counts: Counts) -> str:
    """Return how far agreement exceeds that of chance."""
    chance = _by_chance(counts)
    return f"({correct(counts)} / {rows(counts)} - {chance}) / (1 - {chance} > {_NO_SPREAD})"


def _by_chance(counts: Counts) -> str:
    """Return the share of rows on which prediction and truth would agree by chance."""
    actual, predicted = (_margin(counts, side, declared=True) for side in (ACTUAL, PREDICTED))
    return f"sum by ({counts.by()}) ({actual} * {predicted}) / {rows(counts)} ^ 2"


def _margin(counts: Counts, side: str, *, declared: bool = False) -> str:
    """Return the rows of each class on one side, under the label `class`."""
    matchers = {side: Not(OTHER)} if declared else {}
    return f"sum by ({counts.by('class')}) ({_named(counts.of(families.CONFUSION, side, **matchers), side)})"


def _declared(counts: Counts, side: str) -> str:
    """Return the cells whose class on one side is declared; it is their label `class`, too."""
    cells = counts.of(families.CONFUSION, ACTUAL, PREDICTED, **{side: Not(OTHER)})
    return _named(cells, side)


def _named(cells: str, side: str) -> str:
    return f'label_replace({cells}, "class", "$1", "{side}", "(.+)")'
