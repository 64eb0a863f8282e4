"""What runs in the trial: the model's server and a real evaluator in front of it, on the loopback only."""

import contextlib
import json
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.processes import DIE_WITH_PARENT, Processes
from trial import customers, model, server

MODELMONITOR = Path(sys.executable).with_name("modelmonitor")
MATURITY = 4.0
"""Seconds that a label may take here; a day is the default."""
CONFIG = {
    "monitor": "churn",
    "model": {"task": "BinaryClassification", "positiveClass": "yes", "protectedAttributes": ["sex"]},
    "capture": {"protocol": "OpenInference"},
    "labels": {"maturitySeconds": MATURITY},
}


class TrialError(Exception):
    """Something did not go as it should; the message says what."""


@dataclass(frozen=True)
class Stage:
    """The ports of what runs."""

    model: int
    proxy: int
    """Where the model's callers connect."""
    http: int

    @property
    def evaluator(self) -> str:
        """The address of the evaluator for people, labels and scrapes."""
        return f"http://127.0.0.1:{self.http}"


@contextlib.contextmanager
def set_up() -> Iterator[Stage]:
    """Start everything in a folder of its own; at the end, nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="modelmonitor-try-") as name:
        folder = Path(name)
        processes = Processes(folder, DIE_WITH_PARENT)
        stage = Stage(*_free_ports(3))
        try:
            _prepare(folder)
            _serve_model(processes, stage)
            _evaluate(processes, stage, folder)
            yield stage
        finally:
            for running in processes.running():
                processes.stop(running)


def _prepare(folder: Path) -> None:
    """Write the config, and the reference: what the model said of the sample."""
    sample = customers.sample()
    scores = model.train(sample).scores([customer.features for customer in sample])
    customers.write(folder / "churn.csv", sample, scores.tolist())
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2))
    command = (
        *(MODELMONITOR, "profile", folder / "churn.csv", "--target", "churned", "--score", "score"),
        *("--positive-class", "yes", "--id", "customer", "--group", "sex", "-o", folder / "reference.json"),
    )
    _show(command, folder)
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise TrialError(f"no reference: {ended.stderr.strip()}")


def _serve_model(processes: Processes, stage: Stage) -> None:
    processes.start("model", (sys.executable, Path(server.__file__), str(stage.model)))
    processes.wait_until("model", lambda: _listens(stage.model))


def _evaluate(processes: Processes, stage: Stage, folder: Path) -> None:
    command = (
        *(MODELMONITOR, "evaluator", "--config", folder / "config.json"),
        *("--reference", folder / "reference.json", "--upstream", f"127.0.0.1:{stage.model}"),
        *("--listen", f"127.0.0.1:{stage.proxy}", "--http", f"127.0.0.1:{stage.http}"),
        *("--drain-seconds", "2"),
    )
    _show(command, folder)
    processes.start("evaluator", command)
    processes.wait_until("evaluator", lambda: _listens(stage.proxy) and _listens(stage.http))


def _show(command: Sequence[str | Path], folder: Path) -> None:
    """Print a command as somebody in the folder would type it."""
    words = [str(word).removeprefix(f"{folder}/") for word in command[1:]]
    print(f"$ modelmonitor {shlex.join(words)}", flush=True)


def _free_ports(count: int) -> Iterator[int]:
    """Yield ports that nobody listens on."""
    with contextlib.ExitStack() as held:
        for _ in range(count):
            probe = held.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            yield int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
