"""The store that a config asks for."""

import logging

from modelmonitor.evaluator.join.memory import MemoryStore
from modelmonitor.evaluator.join.store import Store, tombstone_seconds
from modelmonitor.wire.config import EvaluatorConfig, StoreKind

logger = logging.getLogger(__name__)


def make(config: EvaluatorConfig, url: str) -> Store | None:
    """Make the store of a config; None, with a line in the log, if it is Redis and `url` says not where."""
    tombstones = tombstone_seconds(config.labels.maturity_seconds)
    if config.labels.store is StoreKind.MEMORY:
        return MemoryStore(config.labels.max_bytes, tombstones)
    from modelmonitor.evaluator.join.redis import RedisStore  # noqa: PLC0415

    try:
        return RedisStore(url, f"{config.namespace}/{config.monitor}", tombstones)
    except ValueError:
        wanted = "expected redis://, rediss:// or unix:// in the file of --redis-url-file"
        logger.warning("label store: %s, got %s", wanted, "something else" if url else "nothing")
        return None
