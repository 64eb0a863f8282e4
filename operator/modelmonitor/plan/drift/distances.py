"""Distances of live cells from those that they are compared with: PSI, JS, KS and chi-squared of all columns.

Equal to `stats.divergence`, `cumulative` and `contingency`. A cell that is empty on both sides is left out,
but where its term is 0 anyway. Without rows on a side there is no distance.
"""

from modelmonitor.plan import names, promql
from modelmonitor.plan.drift.look import Look, narrowed, one_of
from modelmonitor.plan.rules import Recording
from modelmonitor.stats.drift import Statistic
from modelmonitor.stats.histogram import Histogram
from modelmonitor.wire.profile import ColumnType

A_ROW = "0.001"
"""Less than any row; sums over replicas leave residues, and a residue is no row."""
BETWEEN_EDGES = 'cell=~"b[0-9]+"'
"""Matches cells of present numbers; those of categories begin with c:."""


def recordings(look: Look) -> tuple[Recording, ...]:
    """Record rows on both sides, filled cells, and all distances of all watched columns."""
    made = {Statistic.PSI: _psi(look), Statistic.JS: _js(look), Statistic.CHI_SQUARED: _chi_squared(look)}
    if cells := _most_cells(look):
        made[Statistic.KS] = _ks(look, cells)
    return (
        look.recording(names.DRIFT_ROWS, f"sum without (cell) ({look.live})"),
        look.recording(names.DRIFT_REFERENCE_ROWS, f"sum without (cell) ({look.reference})"),
        look.recording(names.DRIFT_CELLS, f"count without (cell) ({filled(look)})"),
        *(
            look.recording(names.DRIFT_DISTANCE, expr, {names.STATISTIC: statistic.value})
            for statistic, expr in made.items()
        ),
    )


def filled(look: Look, *matchers: str) -> str:
    """Return the cells that have a row on a side."""
    return f"{narrowed(look.live, *matchers)} + {narrowed(look.reference, *matchers)} > {A_ROW}"


def present(side: str) -> str:
    """Return the rows of a side that have a number; of columns that have one at all."""
    return f"(sum without (cell) ({narrowed(side, BETWEEN_EDGES)}) > 0)"


def _smoothed(look: Look) -> tuple[str, str, str, str]:
    """Return live and reference rows with half a row more in each filled cell: of cells, and of columns."""
    half = f"0.5 * {look.cells}"
    return (
        f"({look.live} + 0.5)",
        f"({look.reference} + 0.5)",
        f"(({look.rows} > 0) + {half})",
        f"(({look.reference_rows} > 0) + {half})",
    )


def _psi(look: Look) -> str:
    """Take the sum of (q - p) ln(q / p) apart: the shares of either side add up to 1.

    What is left of a cell that is empty on both sides is ln(0.5 / 0.5).
    """
    live, reference, rows, reference_rows = _smoothed(look)
    logarithm = f"ln({live} / {reference})"
    return (
        f"sum without (cell) ({live} * {logarithm}) / {rows}\n"
        f"- sum without (cell) ({reference} * {logarithm}) / {reference_rows}"
    )


def _js(look: Look) -> str:
    """Take live rows as many as the reference's, y for r: half the mean of y ln(y/r) - (y+r) ln((y+r)/2r)."""
    live, reference, rows, reference_rows = _smoothed(look)
    scaled = f"({live} * ignoring (cell) group_left () ({reference_rows} / {rows}))"
    both = f"({scaled} + {reference})"
    terms = f"{scaled} * ln({scaled} / {reference}) - {both} * ln({both} / (2 * {reference}))"
    return f"0.5 * sum without (cell) ({terms} and {filled(look)}) / {reference_rows}"


def _chi_squared(look: Look) -> str:
    """Take Pearson's statistic times 1/n + 1/m, which is in the unit of PSI."""
    rows, reference_rows = f"({look.rows} > 0)", f"({look.reference_rows} > 0)"
    gap = " - ".join(
        f"{side} / ignoring (cell) group_left () {of_side}"
        for side, of_side in ((look.live, rows), (look.reference, reference_rows))
    )
    return f"({rows} + {reference_rows}) * sum without (cell) (({gap}) ^ 2 / ({filled(look)}))"


def _ks(look: Look, cells: int) -> str:
    """Take the largest difference of cumulative shares; PromQL adds up only what is written down."""
    upto = " - ".join(
        f"({_cumulative(side, cells)}) / ignoring (cell) group_left () {present(side)}"
        for side in (look.live, look.reference)
    )
    return f"max without (cell) (abs({upto}))"


def _cumulative(side: str, cells: int) -> str:
    """Add up the cells to each one, which gives its name; columns of fewer cells are whole earlier."""
    every = Histogram.empty(range(cells - 1)).cell_names[:-1]
    return "\nor ".join(
        f"label_replace(sum without (cell) ({narrowed(side, one_of('cell', every[: place + 1]))}), "
        f'"cell", {promql.string(name)}, "", "")'
        for place, name in enumerate(every)
    )


def _most_cells(look: Look) -> int:
    """Return the cells of the numeric column that has most of them; 0 without one."""
    columns = look.scope.scheme.watched
    return max((len(one.counts) for one in columns if one.type is ColumnType.NUMERIC), default=0)
