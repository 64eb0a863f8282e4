"""What a protocol's reader gets and gives."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from modelmonitor.evaluator.ingest import ids
from modelmonitor.evaluator.rows import Rows, Values


class Message(NamedTuple):
    """An exchange whose bodies are whole and unpacked."""

    request: bytes
    request_headers: Mapping[bytes, bytes]
    response: bytes
    response_headers: Mapping[bytes, bytes]
    time: float
    """Unix time, seconds."""


class Reader(Protocol):
    """One protocol, set up for one scheme."""

    def rows(self, message: Message) -> Rows:
        """Return the predictions of a message.

        Raises
        ------
        Refused
            If they cannot be counted.
        """
        ...


def row_ids(
    message: Message, count: int, own: Iterable[Values | Any], last: Iterable[Values | Any] = ()
) -> Sequence[str | None] | None:
    """Return the rows' ids: the configured ones first, then headers, then the protocol's."""
    return ids.first(count, own) or ids.first(
        count, (ids.of_headers(message.request_headers, message.response_headers), *last)
    )
