"""Models in processes of their own, as quick as a server in Python can be."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SCORES = json.dumps(
    {"model_name": "churn", "outputs": [{"name": "score", "shape": [1], "datatype": "FP64", "data": [0.75]}]}
)
"""What a binary classifier answers by the Open Inference Protocol, whatever it is asked."""


def serving(answer: str) -> contextlib.AbstractContextManager[int]:
    """Serve the same JSON for every request on a port of the loopback, until the end of the block."""
    return running(Path(__file__).with_name("trivial_model.py"), answer)


@contextlib.contextmanager
def running(program: Path, argument: str | Path) -> Iterator[int]:
    """Run a model, which prints its port, until the end of the block."""
    process = subprocess.Popen([sys.executable, program, argument], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
