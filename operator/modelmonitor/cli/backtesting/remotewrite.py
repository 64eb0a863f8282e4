"""What Prometheus takes by remote write: series with samples, as protobuf in a snappy block.

Protobuf: `WriteRequest{timeseries=1}`, `TimeSeries{labels=1, samples=2}`, `Label{name=1, value=2}`,
`Sample{value=1 (double), timestamp=2 (int64, milliseconds)}`. Times from 1971 to 2109 take six bytes, so that
all samples are equally long and numpy writes them at once. Snappy: one literal, nothing compressed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Milliseconds = NDArray[np.int64]
Labels = Mapping[str, str]

CONTENT = {
    "content-encoding": "snappy",
    "content-type": "application/x-protobuf",
    "x-prometheus-remote-write-version": "0.1.0",
}
EARLIEST, LATEST = 1 << 35, (1 << 42) - 1
"""Milliseconds that take six bytes."""
STALE: float = np.array([0x7FF0000000000002], dtype=np.uint64).view(np.float64)[0]
"""The NaN by which Prometheus knows that a series ends."""
_TIME_BYTES = 6
_SAMPLE = np.dtype([("head", "u1", 3), ("value", "<f8"), ("field", "u1"), ("time", "u1", _TIME_BYTES)])
_LONGEST_LITERAL = b"\xfc"


@dataclass(frozen=True, slots=True)
class Series:
    """Samples of one series, in the order of their times."""

    head: bytes
    """Of `series_head`."""
    times: Milliseconds
    values: Floats


def series_head(labels: Labels) -> bytes:
    """Write the labels of a series; those without a value are none."""
    return b"".join(_label(name, value) for name, value in sorted(labels.items()) if value)


def body(every: Iterable[Series]) -> bytes:
    """Write a request; empty where there are no samples."""
    written = (one.head + samples(one.times, one.values).tobytes() for one in every if one.times.size)
    content = b"".join(b"\x0a" + varint(len(one)) + one for one in written)
    if not content:
        return b""
    return varint(len(content)) + _LONGEST_LITERAL + (len(content) - 1).to_bytes(4, "little") + content


def samples(times: Milliseconds, values: Floats) -> NDArray[np.void]:
    """Write samples, each of the same length."""
    found = np.empty(times.size, _SAMPLE)
    found["head"] = (0x12, _SAMPLE.itemsize - 2, 0x09)
    found["value"] = values
    found["field"] = 0x10
    for at in range(_TIME_BYTES):
        more = 0x80 if at < _TIME_BYTES - 1 else 0
        found["time"][:, at] = ((times >> (7 * at)) & 0x7F) | more
    return found


def varint(number: int) -> bytes:
    """Write a whole number in groups of seven bits, the lowest first.

    >>> varint(300)
    b'\\xac\\x02'
    """
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _label(name: str, value: str) -> bytes:
    content = _text(1, name) + _text(2, value)
    return b"\x0a" + varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    content = text.encode("utf-8", "replace")
    return varint(field << 3 | 2) + varint(len(content)) + content
