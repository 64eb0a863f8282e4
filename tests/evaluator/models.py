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


@contextlib.contextmanager
def serving(answer: str) -> Iterator[int]:
    """Serve the same JSON for every request on a port of the loopback, until the end of the block."""
    command = [sys.executable, Path(__file__).with_name("trivial_model.py"), answer]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
