"""Connections come and go by the thousand: what they leave behind is picked up by their number."""

import asyncio
import gc

from evaluator.tee.scene import scene
from modelmonitor.evaluator.tee.connection import ClientSide


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_closed_connections_do_not_pile_up_while_nothing_else_collects_garbage() -> None:
    gc.disable()
    try:
        async with scene(silent) as it:
            for _ in range(1200):
                _, writer = await it.connect()
                writer.close()
            await it.alone()
            left = sum(isinstance(found, ClientSide) for found in gc.get_objects())
    finally:
        gc.enable()
    assert left <= 500
