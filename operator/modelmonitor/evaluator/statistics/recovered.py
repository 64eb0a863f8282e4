"""The counters of `stats`, as they are found again in a bank."""

from typing import Any

import numpy as np

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.series import declared
from modelmonitor.stats.categories import Categories
from modelmonitor.stats.classification import Confusion
from modelmonitor.stats.groups import Groups
from modelmonitor.stats.histogram import Histogram
from modelmonitor.stats.ranking import Rankings
from modelmonitor.stats.regression import Errors
from modelmonitor.stats.scores import ScoreByActual
from modelmonitor.wire import families
from modelmonitor.wire.profile import Column, ColumnType
from modelmonitor.wire.scheme import Scheme

Distribution = Histogram | Categories


def confusion(bank: Bank, scheme: Scheme, segment: int) -> Confusion:
    """Return the confusion matrix of a segment."""
    return Confusion(scheme.classes, bank[families.CONFUSION][:, :, segment].copy())


def score_by_actual(bank: Bank, scheme: Scheme, segment: int) -> ScoreByActual:
    """Return the scores of a segment by class and truth."""
    cells = bank[families.SCORE_BY_ACTUAL][:, :, segment]
    sums = {family.short: bank[family][segment].item() for family in declared.SCORE_SUMS}
    counts = np.diff(cells, axis=-1, prepend=0)
    return ScoreByActual(scheme.scored_classes, declared.score_edges(scheme), counts, **sums)


def errors(bank: Bank, scheme: Scheme, segment: int) -> Errors:
    """Return the errors of a segment; without a reference, those of the target are 0."""
    nothing = {family.short: 0.0 for family in declared.CENTRED_SUMS}
    sums = {family.short: bank[family][segment].item() for family in declared.number_sums(scheme)}
    return Errors(
        edges=declared.error_edges(scheme),
        centre=declared.centre(scheme) or 0.0,
        absolute_error=np.diff(bank[families.ABSOLUTE_ERROR][segment], prepend=0),
        absolute_error_max=bank[families.ABSOLUTE_ERROR_MAX][segment].item(),
        **{**nothing, **sums},
    )


def rankings(bank: Bank, scheme: Scheme, segment: int) -> Rankings:
    """Return the ranked lists of a segment."""
    queries: dict[str, Any] = {family.short: bank[family][segment].item() for family in declared.QUERY_SUMS}
    depths: dict[str, Any] = {family.short: bank[family][:, segment].copy() for family in declared.DEPTH_SUMS}
    return Rankings(depths=scheme.depths, **queries, **depths)


def groups(bank: Bank, scheme: Scheme, attribute: int) -> Groups:
    """Return predictions and outcomes of a protected column, as positive or not."""
    slice_, positive = scheme.groups[attribute], declared.positive_code(scheme)
    start = int(declared.starts(scheme.groups)[attribute])
    rows = slice(start, start + len(slice_.values) + 1)
    selected = bank[families.GROUP_SELECTED][rows]
    table = bank[families.GROUP_CONFUSION][rows]
    hit, chosen, true = table[:, positive, positive], table[:, :, positive].sum(1), table[:, positive].sum(1)
    everyone = table.sum(axis=(1, 2))
    outcomes = np.stack([everyone - chosen - true + hit, chosen - hit, true - hit, hit], axis=1)
    return Groups(
        slice_.values,
        np.stack([bank[families.GROUP][rows] - selected, selected], axis=1),
        outcomes.reshape(-1, 2, 2),
    )


def distributions(bank: Bank, scheme: Scheme) -> dict[str, Distribution]:
    """Return what was counted of each watched column, by name."""
    ordered = declared.ordered(scheme)
    missing = bank.get(families.FEATURE_MISSING)
    found: dict[str, Distribution] = {}
    numeric = categorical = 0
    for place, column in enumerate(ordered):
        absent = int(missing[place]) if missing is not None else 0
        size = len(column.counts)
        if column.type is ColumnType.NUMERIC:
            cells = bank[families.FEATURE_VALUE].reshape(-1)[numeric : numeric + size]
            found[column.name] = Histogram(column.edges, np.diff(cells, prepend=0), absent)
            numeric += size
        else:
            cells = bank[families.FEATURE_CATEGORY][categorical : categorical + size]
            found[column.name] = Categories(column.categories, cells.copy(), absent)
            categorical += size
    return found


def reference(column: Column) -> Distribution:
    """Return what the reference has counted of a column."""
    if column.type is ColumnType.NUMERIC:
        return Histogram(column.edges, np.array(column.counts), column.missing)
    return Categories(column.categories, np.array(column.counts), column.missing)
