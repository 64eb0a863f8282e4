import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from evaluator.join.server import Server
from evaluator.join.waiting import TOMBSTONES
from modelmonitor.evaluator.join.memory import MemoryStore
from modelmonitor.evaluator.join.redis import RedisStore
from modelmonitor.evaluator.join.store import Store


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server for all tests that leave it alone; each uses a name of its own."""
    with Server() as found:
        yield found


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Each of the two stores, empty."""
    found: Store
    if request.param == "memory":
        found = MemoryStore(16 << 20, TOMBSTONES)
    else:
        url = request.getfixturevalue("server").url
        found = RedisStore(url, secrets.token_hex(4), TOMBSTONES)
    yield found
    await found.close()
