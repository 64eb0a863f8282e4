"""An evaluator that behaves, until a test asks for something else."""

from collections.abc import Iterator

import pytest

from client.evaluators import Evaluator, listening


@pytest.fixture
def evaluator() -> Iterator[Evaluator]:
    """Listen on loopback."""
    with listening(Evaluator()) as evaluator:
        yield evaluator
