"""What is captured, for whoever reads along: a bounded copy of rows and labels; nothing while nobody does.

A reader gets lines of JSON, each an object: first what this evaluator counts (`config`, `classes`, `profile`,
`version`), then, as they come,

- rows, as columns of equal length: `count`, `time`, `features`, `predictions`, `scores`, `ids`,
- labels: `labels` with `ids` and `actuals`, whatever became of them,
- once a second how it stands: `now`, `sent` and `lost` (rows), `lostLabels`,

and, as the last one, why it ends (`end`).
"""

import json
import logging
import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from modelmonitor.evaluator import rows as rows_
from modelmonitor.evaluator.defects import Defects
from modelmonitor.evaluator.rows import Rows, Values
from modelmonitor.wire import reading
from modelmonitor.wire.scheme import Scheme

READERS = 2
"""So many may read at once."""
WAITING_BYTES = 1 << 20
"""What may wait for one reader; what comes on top is lost to it."""
PIECE_BYTES = 64 << 10
"""About what is handed over at once."""
LINE_LABELS = 500
LINE_CELLS = 4096
"""Of one line, about: a large batch is written piece by piece, and no further than there is room."""

logger = logging.getLogger(__name__)


class Reader:
    """What waits for one reader.

    Attributes
    ----------
    sent, lost, lost_labels
        Rows that were handed over, rows and labels that there was no room for.
    ended
        Why nothing more comes; empty: more may come.
    """

    def __init__(self, head: bytes) -> None:
        self._lines: deque[tuple[bytes, int]] = deque([(head, 0)])
        self.waiting_bytes = len(head)
        self.sent = self.lost = self.lost_labels = 0
        self.ended = ""

    @property
    def has_room(self) -> bool:
        """Whether anything more can wait."""
        return self.waiting_bytes < WAITING_BYTES

    def put(self, line: bytes, rows: int) -> bool:
        """Let a line with so many rows wait, if there is room; say whether there is."""
        if self.waiting_bytes + len(line) > WAITING_BYTES:
            return False
        self._lines.append((line, rows))
        self.waiting_bytes += len(line)
        return True

    def waiting(self) -> Iterator[bytes]:
        """Hand over all that waits now, piece by piece; what comes meanwhile waits for the next time."""
        left = self.waiting_bytes
        while left > 0:
            text = self._take()
            left -= len(text)
            yield text

    def _take(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while self._lines and size < PIECE_BYTES:
            line, rows = self._lines.popleft()
            parts.append(line)
            size += len(line)
            self.sent += rows
        self.waiting_bytes -= size
        return b"".join(parts)

    def standing(self) -> bytes:
        """Write how it stands, and why it ends if it does."""
        told = {"now": time.time(), "sent": self.sent, "lost": self.lost, "lostLabels": self.lost_labels}
        return _line(told | ({"end": self.ended} if self.ended else {}))


class Readers:
    """All who read along; told of rows and labels once these are counted, and never the reason for a wait."""

    def __init__(self) -> None:
        self._reading: list[Reader] = []
        self._defects = Defects(logger)

    def __bool__(self) -> bool:
        return bool(self._reading)

    def join(self, scheme: Scheme, version: str) -> Reader | None:
        """Let one more read what this scheme captures; None if there are too many."""
        if len(self._reading) >= READERS:
            return None
        config, classes = reading.write(scheme.config), list(scheme.classes)
        head = {"config": config, "classes": classes, "profile": scheme.profile_hash, "version": version}
        reader = Reader(_line(head))
        self._reading.append(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader and what waits for it."""
        self._reading = [one for one in self._reading if one is not reader]

    def end(self, why: str) -> None:
        """Let nothing more come to those who read now."""
        for reader in self._reading:
            reader.ended = why
        self._reading = []

    def predicted(self, rows: Rows) -> None:
        """Copy rows for all who read and have room; never raises."""
        told = self._told()
        written = 0
        try:
            for piece in _pieces(rows) if told else ():
                if not any(reader.has_room for reader in told):
                    break
                line = _line(_document(piece))
                for reader in told:
                    reader.lost += 0 if reader.put(line, piece.count) else piece.count
                written += piece.count
        except Exception:  # noqa: BLE001 - a defect of ours must not harm what is counted
            self._defects.log("rows could not be written for who reads along")
        for reader in told:
            reader.lost += rows.count - written

    def labelled(self, ids: Sequence[str], actuals: Sequence[object]) -> None:
        """Copy labels likewise."""
        told = self._told()
        for start in range(0, len(ids) if told else 0, LINE_LABELS):
            some = slice(start, start + LINE_LABELS)
            try:
                line = _line({"labels": {"ids": ids[some], "actuals": actuals[some]}})
            except Exception:  # noqa: BLE001 - as above
                self._defects.log("labels could not be written for who reads along")
                line = b""
            for reader in told:
                reader.lost_labels += 0 if line and reader.put(line, 0) else len(ids[some])

    def _told(self) -> list[Reader]:
        """Return those to whom more may come."""
        return [reader for reader in self._reading if not reader.ended]


def lines(rows: Rows) -> Iterator[bytes]:
    """Write rows as a reader gets them."""
    return (_line(_document(piece)) for piece in _pieces(rows))


def _pieces(rows: Rows) -> Iterator[Rows]:
    step = max(1, LINE_CELLS // (len(rows.features) + 3))
    if rows.count <= step:
        yield rows
        return
    yield from (rows_.part(rows, start, start + step) for start in range(0, rows.count, step))


def _document(rows: Rows) -> dict[str, Any]:
    features = {name: _plain(values) for name, values in rows.features.items()}
    document = {"count": rows.count, "time": rows.time, "features": features}
    others = {"predictions": rows.predictions, "scores": rows.scores, "ids": rows.ids}
    return document | {name: _plain(values) for name, values in others.items() if values is not None}


def _plain(values: Values | Sequence[object]) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _line(document: dict[str, Any]) -> bytes:
    """Write a document; numbers that are not finite as Python does, for msgspec makes them null."""
    try:
        text = msgspec.json.encode(document)
    except (TypeError, ValueError, OverflowError):  # numbers of hundreds of digits, halves of characters
        text = b"null"
    if b"null" in text and (text == b"null" or _has_infinite(document)):
        text = json.dumps(document, default=str, separators=(",", ":")).encode()
    return text + b"\n"


def _has_infinite(document: dict[str, Any]) -> bool:
    columns = [*document.get("features", {}).values(), document.get("predictions", ())]
    return any(math.inf in column or -math.inf in column for column in columns)
