"""Background programs are started once and ended by pid; a pid that another process got is left alone."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.processes import DIE_WITH_PARENT, Processes

SLEEP = ["sleep", "60"]
IGNORE_TERM = ["sh", "-c", "trap '' TERM; echo ready; sleep 60 & wait; wait"]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    running = Processes(tmp_path, DIE_WITH_PARENT)
    yield running
    for name in running.running():
        running.stop(name, grace=0.0)


def test_a_program_that_runs_is_not_started_again(processes: Processes) -> None:
    processes.start("sleeper", SLEEP)
    first = processes.pid("sleeper")
    processes.start("sleeper", SLEEP)
    assert processes.pid("sleeper") == first != 0


def test_a_program_that_was_killed_is_started_again(processes: Processes) -> None:
    processes.start("sleeper", SLEEP)
    first = processes.pid("sleeper")
    os.kill(first, signal.SIGKILL)
    while processes.pid("sleeper"):
        pass
    processes.start("sleeper", SLEEP)
    assert processes.pid("sleeper") not in {0, first}


def test_a_stopped_program_is_gone(processes: Processes) -> None:
    processes.start("sleeper", SLEEP)
    pid = processes.pid("sleeper")
    processes.stop("sleeper")
    assert processes.running() == []
    assert not Path(f"/proc/{pid}").exists()


def test_a_program_that_ignores_term_is_killed_after_its_grace(processes: Processes) -> None:
    processes.start("stubborn", IGNORE_TERM)
    while "ready\n" not in processes.log("stubborn").read_text():
        pass
    processes.stop("stubborn", grace=0.1)
    assert processes.running() == []


def test_a_pid_that_another_process_got_is_left_alone(processes: Processes, tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP) as other:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "sleeper.pid").write_text(f"{other.pid} 1")
        processes.stop("sleeper", grace=0.0)
        assert other.poll() is None
        other.kill()


def test_the_log_begins_with_the_command(processes: Processes) -> None:
    processes.start("sleeper", SLEEP)
    assert processes.last_words("sleeper").endswith("setpriv --pdeathsig KILL -- sleep 60")


def test_a_program_knows_of_no_other_cluster(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/somewhere/else")
    processes.start("program", ["sh", "-c", "echo it is ${KUBECONFIG:-unknown}; sleep 60"])
    processes.wait_until(
        "program", lambda: "it is" in processes.log("program").read_text().partition("\n")[2]
    )
    assert processes.log("program").read_text().splitlines()[-1] == "it is unknown"
