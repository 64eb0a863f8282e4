"""Whether the model listens: asked by connecting, nothing is sent."""

import asyncio

PATIENCE = 1.0
"""Seconds after which a model that does not accept counts as down."""


async def accepts(host: str, port: int) -> bool:
    """Say whether a connection is accepted there within a second; False whatever the reason."""
    try:
        async with asyncio.timeout(PATIENCE):
            transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, host, port)
    except OSError:  # TimeoutError is one
        return False
    transport.abort()
    return True
