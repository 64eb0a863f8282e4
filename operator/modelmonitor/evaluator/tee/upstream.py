"""Where the model is: the ways to it from where a caller came, and the one that leads there."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Iterator
from typing import NamedTuple

LOCALHOST = "localhost"
"""As host of the model, like either loopback: this machine, wherever on it the model listens."""
PATIENCE = 1.0
"""Seconds after which a model that does not accept counts as down."""
_LOOPBACKS = ("127.0.0.1", "::1")
_OUTSIDE = "127.94.64.1"
"""Of this machine, but not the address of it that servers trust."""
_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses of nobody (RFC 5737, RFC 3849): packets to them would leave by the address that others know."""
_BIND_ADDRESS_NO_PORT = 24
"""Of Linux: the port is chosen with the connection, so that those of closed ones can be used again."""
_REFUSED = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL, errno.EPERM, errno.EACCES}
"""How a machine says that an address is none to connect from."""
_log = logging.getLogger(__name__)

Protocol = Callable[[], asyncio.Protocol]


class Way(NamedTuple):
    """An address to connect to, and from where; any suitable one if that is empty."""

    host: str
    source: str = ""


class Upstream:
    """The model, at one address, or at whichever of this machine's it listens."""

    def __init__(self, host: str, port: int) -> None:
        self.port = port
        self._fixed = [] if host in (LOCALHOST, *_LOOPBACKS) else [Way(host)]
        self._ways: dict[tuple[str, str], list[Way]] = {}

    async def connect(self, protocol: Protocol, caller: asyncio.BaseTransport) -> None:
        """Connect by the way that led to the model last, or by another one where that is closed by now.

        Parameters
        ----------
        caller
            The caller's connection to us.

        Raises
        ------
        OSError
            The model does not accept.
        """
        reached, peer = (_address(caller, end) for end in ("sockname", "peername"))
        key = reached, peer if peer.startswith("127.") else reached
        ways = self._fixed or self._ways.get(key)
        if not ways:
            ways = self._ways[key] = _possible(_ways(*key))
        for way in ways:
            try:
                await _connect(protocol, way, self.port)
            except OSError:
                if way is ways[-1]:
                    raise
            else:
                if way is not ways[0]:
                    self._ways[key] = [way, *(one for one in ways if one is not way)]
                return

    async def accepts(self) -> bool:
        """Say whether the model accepts a connection within a second; nothing is sent."""
        for host in [way.host for way in self._fixed] or (*_LOOPBACKS, *_own()):
            with contextlib.suppress(OSError):  # TimeoutError is one
                async with asyncio.timeout(PATIENCE):
                    loop = asyncio.get_running_loop()
                    transport, _ = await loop.create_connection(asyncio.Protocol, host, self.port)
                transport.abort()
                return True
        return False


def _address(caller: asyncio.BaseTransport, end: str) -> str:
    """Return the address of an end of a connection; empty if it is gone already."""
    host, *_ = caller.get_extra_info(end) or ("",)
    return str(host).removeprefix("::ffff:")


def _ways(reached: str, source: str) -> list[Way]:
    """List the ways to a model on this machine for callers who have connected to one of its addresses.

    A caller from outside must not look like one from within, whom servers trust: the model is told the
    address that was reached, or where within the caller is. With IPv6 that would lose segments, as Linux
    answers none of `::1` from another address: a model that takes IPv4, too, is reached by that.
    """
    if reached == "::1":
        return [Way("::1"), Way("127.0.0.1")]
    if ":" in reached:
        return [Way("127.0.0.1", _OUTSIDE), Way("::1"), Way(reached)]
    own = source if source != "127.0.0.1" else ""
    return [Way("127.0.0.1", own), Way("::1") if reached == "127.0.0.1" else Way(reached, own)]


def _possible(ways: list[Way]) -> list[Way]:
    """Return ways without sources where this machine refuses one: better taken for its own than no caller.

    Then the address that was reached comes first, for from there nobody looks like from within.
    """
    refused = [way.source for way in ways if way.source and not _is_bound(way.source)]
    if not refused:
        return ways
    _log.warning(
        "tee: expected to connect to the model from %s, got refused by this machine; a model that listens at "
        "loopback alone sees every caller there: let it trust no X-Forwarded-For of 127.0.0.1",
        refused[0],
    )
    return [Way(way.host) for way in reversed(ways)]


def _is_bound(source: str) -> bool:
    """Tell whether this machine lets us connect from an address."""
    try:
        _bound(source).close()
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        return False
    return True


def _bound(source: str) -> socket.socket:
    """Return a socket that connects from an address."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # or asyncio lets it delay
    try:
        bound.setblocking(False)
        with contextlib.suppress(OSError):  # not Linux
            bound.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
        bound.bind((source, 0))
    except BaseException:
        bound.close()
        raise
    return bound


async def _connect(protocol: Protocol, way: Way, port: int) -> None:
    loop = asyncio.get_running_loop()
    if not way.source:
        await loop.create_connection(protocol, way.host, port)
        return
    bound = _bound(way.source)
    try:
        with contextlib.suppress(BlockingIOError):
            bound.connect((way.host, port))  # over the loopback it is done by the time it is asked again
        await loop.sock_connect(bound, (way.host, port))
        await loop.create_connection(protocol, sock=bound)
    except BaseException:
        bound.close()
        raise


def _own() -> Iterator[str]:
    """Find the addresses by which others know this machine; nothing is sent."""
    for family, elsewhere in _ELSEWHERE.items():
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            yield str(probe.getsockname()[0])
