"""The evaluator's HTTP end, over one connection that is kept while it is in use."""

import http.client
import ssl
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field

_SECONDS_KEPT_IDLE = 1.0  # less than any server waits: a connection is never found closed by the other side
_LARGEST_ANSWER = 1 << 24


class NotReached(Exception):
    """Nobody listens there: what was to be sent was surely not received."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `retry_after` in seconds, 0 if the answer does not say."""

    status: int
    retry_after: float
    body: bytes

    @property
    def busy(self) -> bool:
        """Whether to send the same again later: nothing of it was taken."""
        return self.status in (http.HTTPStatus.TOO_MANY_REQUESTS, http.HTTPStatus.SERVICE_UNAVAILABLE)

    @property
    def good(self) -> bool:
        """Whether it was taken."""
        return http.HTTPStatus.OK <= self.status < http.HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True, slots=True)
class Way:
    """What it takes to get there beside the address: headers, and whom to trust; by default nothing."""

    headers: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None


class Endpoint:
    """Posts to paths below a URL; for one thread."""

    def __init__(
        self, url: str, *, token: str | None = None, timeout: float = 2.0, way: Way | None = None
    ) -> None:
        self._url = url
        self.name = url.rpartition("@")[2]  # for messages: no password
        self._headers = {"Authorization": f"Bearer {token.strip()}"} if token else {}
        self._timeout = timeout
        self.way = way or Way()
        self._connection: http.client.HTTPConnection | None = None
        self._used_at = 0.0

    def post(self, path: str, body: bytes, media: str = "application/json") -> Answer:
        """Send a body and read the answer.

        Raises
        ------
        NotReached
            If there is no connection.
        OSError, http.client.HTTPException
            If it broke, or nothing came in time: the body may have been received.
        """
        connection = self._connected()
        try:
            headers = {**self._headers, **self.way.headers, "Content-Type": media}
            prefix = urllib.parse.urlsplit(self._url).path.rstrip("/")
            connection.request("POST", prefix + path, body, headers)
            response = connection.getresponse()
            content = response.read(_LARGEST_ANSWER)
        except BaseException:
            self.close()
            raise
        if response.will_close or not response.isclosed():
            self.close()
        self._used_at = time.monotonic()
        return Answer(response.status, _seconds(response.getheader("Retry-After")), content)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection and time.monotonic() - self._used_at < _SECONDS_KEPT_IDLE:
            return self._connection
        self.close()
        connection = self._new()
        try:
            connection.connect()
        except (OSError, UnicodeError) as error:
            raise NotReached(f"{self.name}: {error}") from error
        self._connection = connection
        return connection

    def _new(self) -> http.client.HTTPConnection:
        parts = urllib.parse.urlsplit(self._url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url: expected one such as http://127.0.0.1:9464, got {self.name!r}")
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.hostname, parts.port, timeout=self._timeout)
        tls = self.way.tls
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=self._timeout, context=tls)


def _seconds(header: str | None) -> float:
    """Read a number of seconds; a date, which the evaluator never sends, counts as none."""
    return float(header) if header and header.isascii() and header.isdecimal() else 0.0
