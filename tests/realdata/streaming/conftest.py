"""What the stories of all data sets need; each module gives its own `case`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    *(f"realdata.streaming.{name}" for name in ("binary", "checks", "distances", "oracle", "replicas"))
)

from evaluator.join.server import Server  # noqa: E402 - their asserts are told well once that is registered
from realdata.streaming import story  # noqa: E402
from realdata.streaming.clock import Clock  # noqa: E402
from realdata.streaming.story import Case, Told  # noqa: E402

Tell = Callable[[int], Told]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a file with the address of a server that runs."""
    with Server() as server:
        file = tmp_path_factory.mktemp("redis") / "url"
        file.write_text(server.url)
        yield file


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    """Give the clock of all evaluators."""
    return Clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module", params=story.NUMBERS, ids="{} evaluators".format)
def number(request: pytest.FixtureRequest) -> int:
    """How many evaluators share the traffic."""
    return int(request.param)


@pytest.fixture(scope="module")
def tell(case: Case, tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Tell]:
    """Let any number of evaluators live through the case, each number once."""
    with story.playing(case, tmp_path_factory.mktemp(case.name), clock) as told:
        yield told


@pytest.fixture(scope="module")
def told(tell: Tell, number: int) -> Told:
    """What that many evaluators counted."""
    return tell(number)
