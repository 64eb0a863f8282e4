"""A Redis for the evaluators of these tests to share, and a clock for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    *(f"realdata.streaming.{name}" for name in ("binary", "checks", "distances", "oracle", "replicas"))
)

from evaluator.join.server import Server  # noqa: E402 - asserts of modules are told once that is registered
from realdata.streaming.clock import Clock  # noqa: E402


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a file with the address of a server that runs."""
    with Server() as server:
        file = tmp_path_factory.mktemp("redis") / "url"
        file.write_text(server.url)
        yield file


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    return Clock(tmp_path_factory.mktemp("clock"))
