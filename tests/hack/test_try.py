"""`make try`: a real evaluator before a sample model finds the drift, and ends with all that it started."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trial import story

ROOT = Path(__file__).parents[2]
PORT = re.compile(r"127\.0\.0\.1:(\d+)")


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The trial, as short as it can be, with the folders that it makes in one of the test."""
    process = subprocess.Popen(
        [sys.executable, ROOT / "hack/trial/run.py", "--seconds", str(story.LEAST_SECONDS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    with process:
        yield process
        process.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_drift_and_falling_quality_are_seen_and_nothing_is_left(
    trial: subprocess.Popen[str], tmp_path: Path
) -> None:
    out, err = trial.communicate(timeout=120)
    assert (trial.returncode, err) == (0, "")
    assert re.search(r"^age +drift ", out, re.MULTILINE)
    assert re.search(r"^monthly_charges +drift ", out, re.MULTILINE)
    words = " ".join(out.split())
    before, after = re.search(
        r"the sample: no drift was found, and (\d+)% of .* came: drift of age and monthly_charges was found, "
        r"and of the predictions made from then on (\d+)% were right",
        words,
    ).groups()  # type: ignore[union-attr]
    assert int(after) < int(before) - 10
    assert "none was lost" in words
    ports = set(map(int, PORT.findall(out))) - {8080, 9464}
    assert len(ports) == 3
    assert not any(map(listens, ports))
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_ends_it_at_once(trial: subprocess.Popen[str], tmp_path: Path) -> None:
    assert trial.stdout is not None
    said = []
    while "there should be no drift" not in "".join(said[-1:]):
        said.append(trial.stdout.readline())
    trial.send_signal(signal.SIGINT)
    out, err = trial.communicate(timeout=60)
    assert (trial.returncode, err) == (0, "")
    assert out.endswith("stopped; nothing is left running\n")
    ports = set(map(int, PORT.findall("".join(said))))
    assert len(ports) == 3
    assert not any(map(listens, ports))
    assert list(tmp_path.iterdir()) == []
