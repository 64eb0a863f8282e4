"""Signs of life on standard error: a bar on a terminal, and now and then a line elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_SECONDS = 10.0
"""Of silence, where nobody watches a bar."""


@dataclass
class Watching:
    """Tells what is done, and how much of it."""

    _bar: Progress | None
    quiet: bool
    _task: TaskID | None = None
    _stage: str = ""
    _last: float = field(default_factory=time.monotonic)

    def stage(self, stage: str) -> None:
        """Begin the next stage."""
        self._stage = stage
        if self._bar:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(stage, total=1.0)

    def share(self, share: float, about: str = "") -> None:
        """Say how much of the stage is done."""
        if self._bar and self._task is not None:
            text = f"{self._stage} {about}".rstrip()
            self._bar.update(self._task, completed=share, description=text[:60])
        elif not self.quiet and time.monotonic() - self._last > _SECONDS:
            print(f"{self._stage}: {share:.0%}", file=sys.stderr, flush=True)  # noqa: T201 - for people
            self._last = time.monotonic()


@contextlib.contextmanager
def watching(*, quiet: bool, colour: bool) -> Iterator[Watching]:
    """Show progress until the context ends; nothing is left on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield Watching(None, quiet)
        return
    shown = Console(file=sys.stderr, color_system="auto" if colour else None, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=shown, transient=True) as bar:
        yield Watching(bar, quiet)
