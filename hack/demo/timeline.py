"""What happened when, told as it happens and once more at the end: from event to notification."""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Passage:
    """From an event to the alert that follows, and to who was told; times are seconds since 1970."""

    event: str
    at: float
    alert: float
    told: float
    to: str

    def row(self) -> tuple[str, str, str, str]:
        """Give it as people read it: the event, and after how long what followed."""
        return self.event, clock(self.alert - self.at), clock(self.told - self.at), self.to


@dataclass
class Timeline:
    """What happened, by seconds since 1970, and what led to whom."""

    began: float = field(default_factory=time.time)
    entries: list[tuple[float, str]] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    def note(self, text: str, at: float | None = None) -> float:
        """Write down what happened, now unless told when; return when."""
        when = time.time() if at is None else at
        self.entries.append((when, text))
        print(f"{clock(when - self.began)}  {text}", flush=True)
        return when

    def waiting(self, why: str) -> None:
        """Say why the next thing takes a while."""
        print(f"{'':6} … {why}", flush=True)

    def text(self) -> str:
        """Tell the whole story again, short."""
        story = [f"  {clock(when - self.began)}  {text}" for when, text in sorted(self.entries)]
        return "\n".join(["What happened", "", *story, "", "From event to notification", "", *self._table()])

    def save(self, path: Path) -> None:
        """Keep the story as a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text() + "\n")

    def print(self) -> None:
        """Tell the whole story again."""
        print(f"\n{self.text()}\n")
        sys.stdout.flush()

    def _table(self) -> list[str]:
        rows = [("EVENT", "ALERT", "TOLD", "WHO"), *(one.row() for one in self.passages)]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        return [
            "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]


def clock(seconds: float) -> str:
    """Write seconds as minutes and seconds.

    >>> clock(75.4)
    '  1:15'
    """
    return f"{int(seconds) // 60:3d}:{int(seconds) % 60:02d}"
