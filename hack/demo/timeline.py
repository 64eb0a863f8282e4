"""What happened when: told as it happens, and once more at the end."""

import sys
import time
from dataclasses import dataclass, field


@dataclass
class Timeline:
    """Seconds since the story began, and what happened then."""

    began: float = field(default_factory=time.monotonic)
    entries: list[tuple[float, str]] = field(default_factory=list)

    def note(self, text: str) -> float:
        """Write down what just happened; return when."""
        now = time.monotonic() - self.began
        self.entries.append((now, text))
        print(f"{_clock(now)}  {text}", flush=True)
        return now

    def waiting(self, why: str) -> None:
        """Say why the next thing takes a while."""
        print(f"{'':7}… {why}", flush=True)

    def print(self) -> None:
        """Tell the whole story again, short."""
        print("\nWhat happened\n")
        for seconds, text in self.entries:
            print(f"  {_clock(seconds)}  {text}")
        sys.stdout.flush()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:3d}:{int(seconds) % 60:02d}"
