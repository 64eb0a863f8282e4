"""The store that a config asks for."""

from collections.abc import Callable

from modelmonitor.evaluator.join.memory import MemoryStore
from modelmonitor.evaluator.join.store import Store
from modelmonitor.wire.config import EvaluatorConfig, StoreKind


def make(config: EvaluatorConfig, url: Callable[[], str]) -> Store:
    """Make the store of a config; `url` gives the address of Redis, where it is that."""
    if config.labels.store is StoreKind.MEMORY:
        return MemoryStore(config.labels.max_bytes)
    from modelmonitor.evaluator.join.redis import RedisStore  # noqa: PLC0415 - costs memory that most do not need

    return RedisStore(url, config)
