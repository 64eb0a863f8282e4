"""Run a slow command quietly: a line that tells how long it has been at it, its last words if it fails."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LAST_LINES = 20
SECONDS_BETWEEN_LINES = 15.0


class CommandError(Exception):
    """A command ended with a status other than 0; the message has its last lines and its log's path."""


def run(
    title: str,
    command: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> float:
    """Run the command with its output in `log`, tell its progress on stderr; give the seconds it took.

    Raises
    ------
    CommandError
        With the last lines of the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )
        try:
            status = _watch(title, process, log)
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
    seconds = time.monotonic() - began
    if status != 0:
        raise CommandError(_last_words(title, status, log))
    return seconds


def say(line: str) -> None:
    """Print a line of progress; stdout is for results."""
    print(line, file=sys.stderr, flush=True)


def clock(seconds: float) -> str:
    """Write a duration as minutes and seconds.

    >>> clock(75.4)
    '1:15'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _watch(title: str, process: subprocess.Popen[bytes], log: Path) -> int:
    on_terminal = sys.stderr.isatty()
    every = 1.0 if on_terminal else SECONDS_BETWEEN_LINES
    began = time.monotonic()
    while True:
        try:
            status = process.wait(timeout=every)
        except subprocess.TimeoutExpired:
            steps = log.read_bytes().count(b"\n")
            line = f"  {title}: {clock(time.monotonic() - began)}, {steps} steps"
            print(
                f"\r\033[K{line}" if on_terminal else line,
                end="" if on_terminal else "\n",
                file=sys.stderr,
                flush=True,
            )
        else:
            if on_terminal:
                print("\r\033[K", end="", file=sys.stderr, flush=True)
            return status


def _last_words(title: str, status: int, log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
    return "\n".join(
        [
            f"{title}: ended with status {status}; its last lines:",
            *(f"  | {it}" for it in lines),
            f"the whole log: {log}",
        ]
    )
