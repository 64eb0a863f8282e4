from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluator import models, running
from evaluator.process import churn
from evaluator.process.callers import ID
from evaluator.running import Evaluator


@pytest.fixture(scope="session")
def model() -> Iterator[int]:
    """A model that answers a score of 0.75 to everything, at once."""
    with models.serving(models.SCORES) as port:
        yield port


@pytest.fixture(scope="session")
def request_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What callers send: one prediction, with an id."""
    path = tmp_path_factory.mktemp("callers") / "request"
    path.write_bytes(churn.request(churn.body(40), f"x-request-id: {ID.decode()}"))
    return path


@pytest.fixture
def evaluator(tmp_path: Path, model: int) -> Iterator[Evaluator]:
    """An evaluator that counts the predictions of `model`."""
    with running.evaluator(tmp_path, churn.config(), churn.REFERENCE, upstream=model) as found:
        yield found
