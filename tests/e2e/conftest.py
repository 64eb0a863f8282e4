"""The stage of the end-to-end tests: the very one of the demo."""

from collections.abc import Iterator

import pytest

from demo import stack
from demo.story import Story


@pytest.fixture(scope="session")
def stage() -> stack.Stage:
    """Return a running cluster with the stack, the operator and a model under load."""
    built = stack.local_stage()
    stack.install(built)
    stack.await_ready(built)
    return built


@pytest.fixture(scope="module")
def story(stage: stack.Stage) -> Iterator[Story]:
    """Return a story that begins: no monitor, a healthy model."""
    fresh = Story(stage)
    fresh.begin()
    yield fresh
    fresh.switch("--heal")
