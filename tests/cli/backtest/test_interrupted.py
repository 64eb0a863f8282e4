"""Ended in the middle, by whichever signal, a backtest leaves nothing behind: no process, no folder."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from cli.backtest import worlds
from cli.backtest.conftest import ALWAYS, ROLES, Folder
from cli.running import MODELMONITOR

pytestmark = pytest.mark.promtool

WAIT = 60.0


def children(pid: int) -> list[int]:
    """Give the processes that a process has started."""
    with contextlib.suppress(OSError):
        return [int(it) for it in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGHUP, 128 + signal.SIGHUP)],
)
def test_nothing_is_left_behind(number: int, status: int, folder: Folder) -> None:
    worlds.write(folder.path / "long.ndjson", worlds.rows(worlds.steady(48, 1500), 9))
    process = subprocess.Popen(
        [MODELMONITOR, "backtest", *ALWAYS, "--data", "long.ndjson", *ROLES, "-o", "report.html"],
        cwd=folder.path,
        env={**os.environ, **folder.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + WAIT
    while not (started := children(process.pid)) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list((folder.path / "tmp").iterdir()), "it has not begun"
    process.send_signal(number)
    _, said = process.communicate(timeout=WAIT)
    assert process.returncode == status, said
    assert b"Traceback" not in said
    assert [pid for pid in started if alive(pid)] == []
    assert list((folder.path / "tmp").iterdir()) == []
    assert not (folder.path / "report.html").exists()
