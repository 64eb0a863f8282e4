"""The store that a config asks for."""

from collections.abc import Callable

from modelmonitor.errors import MonitorError
from modelmonitor.evaluator.join.memory import MemoryStore
from modelmonitor.evaluator.join.store import Store, tombstone_seconds
from modelmonitor.wire.config import EvaluatorConfig, StoreKind


class StoreUnusable(MonitorError):
    """The store cannot be opened as things are; try again later."""

    reason = "LabelStoreUnusable"


def make(config: EvaluatorConfig, address: Callable[[], str]) -> Store:
    """Make the store of a config.

    Raises
    ------
    StoreUnusable
        If it is Redis and `address` does not say where, or its client is not installed.
    """
    tombstones = tombstone_seconds(config.labels.maturity_seconds)
    if config.labels.store is StoreKind.MEMORY:
        return MemoryStore(config.labels.max_bytes, tombstones)
    url = address()
    try:
        from modelmonitor.evaluator.join.redis import RedisStore  # noqa: PLC0415

        return RedisStore(url, f"{config.namespace}/{config.monitor}", tombstones, address)
    except ImportError:
        text = "label store: expected the package redis, got none; install modelmonitor[redis]"
        raise StoreUnusable(text) from None
    except ValueError:
        got = "something else" if url else "nothing"
        text = (
            f"label store: expected redis://, rediss:// or unix:// in the file of --redis-url-file, got {got}"
        )
        raise StoreUnusable(text) from None
