"""The two sides of a connection: what arrives on one leaves by the other at once, then a copy is read."""

import asyncio
import contextlib
import os
import socket
import struct
from typing import TYPE_CHECKING, cast

from modelmonitor.evaluator.tee.conversation import Conversation

if TYPE_CHECKING:
    from modelmonitor.evaluator.tee.server import Tee

GRACE = 0.1
"""How long a refused client has to send the request that is counted as failed, in seconds."""
_ANSWER = 1 << 20
_RESET = struct.pack("ii", 1, 0)


class ClientSide(asyncio.Protocol):
    """The side that a client has connected to."""

    __slots__ = ("_connecting", "_tee", "conversation", "ended", "model", "out", "refused", "transport")

    transport: asyncio.Transport
    out: "asyncio.Transport | Waiting | Nowhere"

    def __init__(self, tee: "Tee") -> None:
        self._tee = tee
        self.conversation = Conversation(tee.observer, tee.limits, tee.budget)
        self.model = ModelSide(self)
        self.ended = False
        self.refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Reach for the model at once."""
        self.transport = _sending_at_once(transport)
        self.out = Waiting(self.transport)
        self._tee.opened(self)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        try:
            await self._tee.upstream.connect(lambda: self.model, self.transport)
        except OSError:
            self._refuse()

    def data_received(self, data: bytes) -> None:
        """Send it on, then read the copy."""
        self.out.write(data)
        self.conversation.requests.feed(data)
        if self.refused and self.conversation.begun:
            self.reset()

    def eof_received(self) -> bool:
        """Tell the model that no more follows; the client may still read."""
        self.ended = True
        self.conversation.client_left()
        if self.model.ended or self.refused:
            self.close()
        else:
            self.out.write_eof()
        return True

    def pause_writing(self) -> None:
        """Let the model wait for this client."""
        self.model.transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the model go on."""
        if not self.model.ended:
            self.model.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the model as the client has left."""
        self.conversation.client_left()
        self._connecting.cancel()
        self.model.leave(reset=exc is not None)
        self._tee.closed(self)

    def retire(self) -> None:
        """Close the connection if it lies between two exchanges; the tee ends."""
        if self._tee.draining and self.conversation.idle:
            self.close()

    def close(self) -> None:
        """Close both sides, once all is sent."""
        self.transport.close()
        self.model.leave(reset=False)

    def reset(self) -> None:
        """Do what the kernel does for a model that is gone: reset the connection."""
        self.conversation.model_left(broken=True)
        _reset(self.transport)

    def _refuse(self) -> None:
        """Reset the connection once the request that fails is read, so that it is counted."""
        self.refused = True
        self.out = Nowhere()
        if self.conversation.begun or self.ended:
            self.reset()
        else:
            self.transport.resume_reading()
            asyncio.get_running_loop().call_later(GRACE, self.reset)


class ModelSide(asyncio.Protocol):
    """The side that is connected to the model."""

    __slots__ = ("client", "ended", "reached", "transport")

    transport: asyncio.Transport

    def __init__(self, client: ClientSide) -> None:
        self.client = client
        self.reached = False
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what the client has said meanwhile."""
        self.transport = _sending_at_once(transport)
        self.reached = True
        waiting, self.client.out = self.client.out, self.transport
        if isinstance(waiting, Waiting):
            waiting.pour(self.transport)

    def data_received(self, data: bytes) -> None:
        """Send it on, then read the copy."""
        client = self.client
        client.transport.write(data)
        client.conversation.responses.feed(data)
        client.retire()

    def eof_received(self) -> bool:
        """Tell the client that no more follows; the model may still read, if a request is under way."""
        self.ended = True
        if self.client.conversation.model_left(broken=False) or self.client.ended:
            self.client.close()
        else:
            self.client.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        """Let the client wait for the model."""
        self.client.transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the client go on."""
        if not self.client.ended:
            self.client.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the client as the model has left."""
        self.ended = True
        if exc is None:
            self.client.transport.close()
            return
        if answer := _unread(self.transport):
            self.client.transport.write(answer)
            self.client.conversation.responses.feed(answer)
        self.client.reset()

    def leave(self, *, reset: bool) -> None:
        """Close this side, once all is sent unless by a reset."""
        if not self.reached:
            return
        if reset:
            _reset(self.transport)
        else:
            self.transport.close()


class Waiting:
    """Takes what the client sends before the model is reached: one read, then the client waits."""

    __slots__ = ("_client", "_data", "_ended")

    def __init__(self, client: asyncio.Transport) -> None:
        self._client = client
        self._data: list[bytes] = []
        self._ended = False

    def write(self, data: bytes) -> None:
        """Keep what will be sent."""
        self._data.append(data)
        self._client.pause_reading()

    def write_eof(self) -> None:
        """Keep in mind that nothing follows."""
        self._ended = True

    def pour(self, model: asyncio.Transport) -> None:
        """Let the client go on, and send all of it, which may stop the client at once."""
        if self._data and not self._ended:
            self._client.resume_reading()
        model.writelines(self._data)
        if self._ended:
            model.write_eof()


class Nowhere:
    """Takes what the client sends while there is no model."""

    __slots__ = ()

    def write(self, data: bytes) -> None:
        """Send nothing."""

    def write_eof(self) -> None:
        """Send nothing."""


def _sending_at_once(transport: asyncio.BaseTransport) -> asyncio.Transport:
    sending = cast("asyncio.Transport", transport)
    sending.set_write_buffer_limits(high=0)
    return sending


def _unread(transport: asyncio.Transport) -> bytes:
    """Return what came before a reset: a model may refuse a long request, and close while it is sent more."""
    with contextlib.suppress(OSError):
        descriptor = os.dup(transport.get_extra_info("socket").fileno())
        with socket.socket(fileno=descriptor) as duplicate:
            return duplicate.recv(_ANSWER, socket.MSG_DONTWAIT)
    return b""


def _reset(transport: asyncio.Transport) -> None:
    with contextlib.suppress(OSError, ValueError):  # it is closed already
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
