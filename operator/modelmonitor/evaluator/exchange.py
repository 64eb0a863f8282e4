"""One request and its response, as the tee saw them pass."""

from dataclasses import dataclass
from typing import Protocol

from modelmonitor.wire.outcome import Outcome

__all__ = ["Exchange", "Observer", "Outcome"]


@dataclass(slots=True)
class Exchange:
    """A request and its response; a body is None where it was not copied whole."""

    method: str
    target: str
    """Path and query, as the client wrote them."""
    request_headers: dict[bytes, bytes]
    """Names in lower case; of repeated ones the last."""
    request_body: bytes | None
    status: int
    """0: no status line came."""
    response_headers: dict[bytes, bytes]
    response_body: bytes | None
    outcome: Outcome
    ended: float
    """Unix time, seconds."""
    seconds: float
    """From the first byte of the request to the last of the response."""
    too_large: bool = False
    """A body was over the limit."""

    @property
    def path(self) -> str:
        """The path without the query."""
        return self.target.partition("?")[0]


class Observer(Protocol):
    """Whoever is told what passes through the tee. Must return within microseconds and never raise."""

    def copies(self, method: str, target: str) -> bool:
        """Say whether the bodies of such a request are wanted."""
        ...

    def exchanged(self, exchange: Exchange) -> None:
        """Take note of an exchange that has ended, whatever its outcome."""
        ...

    def opaque(self, *, encrypted: bool) -> None:
        """Take note of a connection that is no HTTP/1, from now on (TLS, HTTP/2, an upgrade).

        Parameters
        ----------
        encrypted
            It began as TLS does.
        """
        ...
