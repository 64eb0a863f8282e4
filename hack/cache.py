"""Where slow things are kept between runs, outside the checkout."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def root() -> Path:
    """Give the cache folder: `MODELMONITOR_CACHE`, or else `modelmonitor` in the user's cache folder."""
    if own := os.environ.get("MODELMONITOR_CACHE"):
        return Path(own).expanduser().resolve()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache").resolve() / "modelmonitor"


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Hold the machine-wide lock of this name; say so on stderr when it has to wait for it."""
    path = root() / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another process that holds {path}", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
