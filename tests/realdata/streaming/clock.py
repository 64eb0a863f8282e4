"""One wall clock for all evaluators of a test, which can be put forward: hours of maturity pass at once."""

import os
import struct
import time
from collections.abc import Mapping
from pathlib import Path


class Clock:
    """Shows the real time until it is moved."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.move_to(0.0)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to go by this clock."""
        folders = [str(Path(__file__).with_name("clockwork")), os.environ.get("PYTHONPATH", "")]
        return {
            "PYTHONPATH": os.pathsep.join(filter(None, folders)),
            "MODELMONITOR_TEST_CLOCK": str(self._file),
        }

    def move_to(self, seconds: float) -> None:
        """Show the real time and so many seconds more, in all processes at once."""
        self._seconds = seconds
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("<d", seconds))

    def now(self) -> float:
        """Tell what it shows."""
        return time.time() + self._seconds
