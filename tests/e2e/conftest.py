"""The stage of the end-to-end tests: the very one of the demo."""

from collections.abc import Iterator

import pytest

from demo import stack
from demo.session import until
from demo.story import NAMESPACE, Story


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
    fresh.switch("--heal")
    stage.session.run("delete", "modelmonitors", "--all", "-n", NAMESPACE)
    until("no alert is left from before", 300, lambda: not fresh.alerts())
    yield fresh
    fresh.switch("--heal")
