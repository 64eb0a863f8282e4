"""A replica as a process of its own, to be killed."""

import asyncio
from multiprocessing.connection import Connection

from modelmonitor.evaluator.join.redis import RedisStore


def take_and_tell(url: str, name: str, now: float, pipe: Connection) -> None:
    """Take 50 records at a time and tell each batch."""

    async def run() -> None:
        store = RedisStore(url, name, 60.0)
        while batches := await store.take(now, 50):
            for batch in batches:
                pipe.send_bytes(batch.records)

    asyncio.run(run())
