"""A table whose rows have times, read in their order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from modelmonitor.cli.backtesting import moments
from modelmonitor.cli.profiling.cells import Floats
from modelmonitor.cli.profiling.sources import Chunk, Source
from modelmonitor.errors import Problem, SpecInvalid


@dataclass(frozen=True)
class Ordered:
    """A table and its column of times.

    Attributes
    ----------
    where
        Of problems: the option that names the column.
    now
        Unix seconds; no row can be later.
    tolerated
        Seconds by which a row may be late; it belongs to the latest one before it.
    since, until
        Rows outside are left out.
    """

    source: Source
    column: str
    where: str
    now: float
    tolerated: float
    since: float = -np.inf
    until: float = np.inf

    def chunks(self, columns: Sequence[str] = ()) -> Iterator[tuple[Chunk, Floats, range]]:
        """Yield chunks with the times of all rows, which never fall, and the positions of those inside.

        Raises
        ------
        SpecInvalid
            If a row has no time, or is too late.
        """
        clock = moments.Clock(f"{self.where} {self.column}", self.now)
        latest = -np.inf
        for chunk in self.source.chunks(tuple(dict.fromkeys([self.column, *columns]))):
            told = clock.read(chunk.cells[self.column])
            times = np.maximum(np.maximum.accumulate(told), latest)
            self._refuse_late(told, times, clock)
            latest = float(times[-1]) if times.size else latest
            first = int(np.searchsorted(times, self.since))
            yield chunk, times, range(first, int(np.searchsorted(times, self.until, side="right")))

    def _refuse_late(self, told: Floats, times: Floats, clock: moments.Clock) -> None:
        late = np.flatnonzero(times - told > self.tolerated)
        if late.size:
            row = int(late[0])
            got = f"{moments.text(told[row])} after {moments.text(times[row])}"
            where = f"{clock.where}, row {clock.rows - told.size + row + 1}"
            raise SpecInvalid(
                [Problem(where, "times in ascending order", got, "sort the file by this column")]
            )
