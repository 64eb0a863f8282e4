"""The stage of the end-to-end tests: the very one of the demo."""

from collections.abc import Iterator

import pytest

from demo import stack
from demo.story import BUILD, Story


@pytest.fixture(scope="session")
def stage() -> stack.Stage:
    """Return a running cluster with the stack, the operator, a model and an airport that asks it."""
    built = stack.local_stage()
    stack.install(built)
    stack.await_ready(built)
    return built


@pytest.fixture(scope="session")
def story(stage: stack.Stage) -> Iterator[Story]:
    """Return a story that begins: no monitor, a sound model, autumn."""
    fresh = Story(stage)
    fresh.begin()
    yield fresh
    fresh.timeline.save(BUILD / "timeline.txt")
