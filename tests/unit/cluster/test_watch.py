"""Watches go on for ever, and at a pace that an API server stands."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest

from modelmonitor.cluster import kinds
from modelmonitor.cluster.client import Scope
from modelmonitor.cluster.family import Family
from modelmonitor.cluster.watch import PAUSE, Watch

EXPIRED = {"type": "ERROR", "object": {"code": 410, "message": "too old"}}


@dataclass
class Hasty:
    """An API that ends every watch at once, after these events."""

    events: list[dict[str, Any]]
    asked: list[str] = field(default_factory=list)
    watched_at: list[float] = field(default_factory=list)
    again: asyncio.Event = field(default_factory=asyncio.Event)

    async def pages(self, _: Scope) -> AsyncGenerator[tuple[list[dict[str, Any]], str], None]:
        self.asked.append("list")
        yield [], "1"

    async def watch(self, _: Scope, version: str) -> AsyncGenerator[dict[str, Any], None]:
        self.asked.append(version)
        self.watched_at.append(time.monotonic())
        if len(self.watched_at) == 2:
            self.again.set()
        await asyncio.sleep(0)
        for event in self.events:
            yield event


@pytest.mark.parametrize(
    ("events", "asked"),
    [
        ([], ["list", "1", "1"]),
        ([{"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "7"}}}], ["list", "1", "7"]),
        ([EXPIRED], ["list", "1", "list", "1"]),
    ],
)
async def test_a_watch_that_ends_at_once_is_taken_up_again_after_a_pause(
    events: list[dict[str, Any]], asked: list[str]
) -> None:
    hasty = Hasty(events)
    watch = Watch(hasty, Scope(kinds.CONFIG_MAP, None), Family(), lambda _: None, lambda: None)
    following = asyncio.create_task(watch.run())
    async with asyncio.timeout(20):
        await hasty.again.wait()
    following.cancel()
    assert hasty.asked == asked
    assert hasty.watched_at[1] - hasty.watched_at[0] >= PAUSE
