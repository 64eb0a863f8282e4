"""Programs that run in the background: a log and a pid file each, ended by pid and by nothing broader."""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")
SECONDS_TO_START = 60.0


class ClusterError(Exception):
    """Something of the cluster is not as it has to be; the message says what to do."""


@dataclass(frozen=True)
class Processes:
    """The background programs of one state folder."""

    state: Path
    prefix: tuple[str, ...] = ()
    """What every program is started by: `setpriv`, `nsenter`."""
    _children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def log(self, name: str) -> Path:
        """Name the log of a program."""
        return self.state / "log" / f"{name}.log"

    def start(self, name: str, command: Sequence[str | Path]) -> None:
        """Start a program unless it runs already.

        It knows of no other cluster: prometheus-operator would follow KUBECONFIG whatever else it is told.
        """
        if self.pid(name):
            return
        if ended := self._children.pop(name, None):
            ended.wait()
        for folder in (self.log(name), self._pid_file(name)):
            folder.parent.mkdir(parents=True, exist_ok=True)
        words = [*self.prefix, *map(str, command)]
        own = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
        with self.log(name).open("ab") as log:
            log.write(f"{shlex.join(words)}\n".encode())
            log.flush()
            child = subprocess.Popen(
                words,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env=own,
                start_new_session=True,
            )
        self._children[name] = child
        self._pid_file(name).write_text(f"{child.pid} {_born(child.pid)}")

    def stop(self, name: str, *, grace: float = 10.0) -> None:
        """End a program with TERM, and with KILL after `grace` seconds; nothing when it does not run."""
        if pid := self.pid(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM if grace else signal.SIGKILL)
                if not _gone(self, name, grace):
                    os.kill(pid, signal.SIGKILL)
            if not _gone(self, name, 10.0):
                raise ClusterError(f"{name}: expected process {pid} to end after KILL, got it still alive")
        self._pid_file(name).unlink(missing_ok=True)
        if child := self._children.pop(name, None):
            child.wait()

    def pid(self, name: str) -> int:
        """Give the pid of a program, 0 when it does not run (or is a zombie)."""
        try:
            pid, born = self._pid_file(name).read_text().split()
        except (FileNotFoundError, ValueError):
            return 0
        return int(pid) if _born(int(pid)) == born else 0

    def running(self) -> list[str]:
        """Name the programs that run."""
        return [it.stem for it in sorted(self._pid_file("x").parent.glob("*.pid")) if self.pid(it.stem)]

    def wait_until(self, name: str, condition: Callable[[], bool], seconds: float = SECONDS_TO_START) -> None:
        """Wait until the condition holds, not longer than the program of this name runs."""
        deadline = time.monotonic() + seconds
        while not condition():
            if not self.pid(name):
                raise ClusterError(f"{name}: expected it to run, it ended; {self.last_words(name)}")
            if time.monotonic() > deadline:
                raise ClusterError(f"{name}: expected it ready in {seconds:g} s; {self.last_words(name)}")
            time.sleep(0.05)

    def last_words(self, name: str, lines: int = 8) -> str:
        """Quote the end of a program's log."""
        text = self.log(name).read_text(errors="replace") if self.log(name).exists() else ""
        return "\n".join([f"the end of {self.log(name)}:", *text.splitlines()[-lines:]])

    def _pid_file(self, name: str) -> Path:
        return self.state / "run" / f"{name}.pid"


def _born(pid: int) -> str:
    """Give the start time of a process in clock ticks, by which a reused pid is told; empty if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _gone(processes: Processes, name: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while processes.pid(name):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True
