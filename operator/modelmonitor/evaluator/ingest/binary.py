"""The binary tensor extension of the Open Inference Protocol: JSON first, then the tensors' bytes, in order.

The header `inference-header-content-length` tells where the JSON ends; each binary tensor's parameter
`binary_data_size` tells how many bytes are its own. Numbers are little-endian; a text is its length (4
bytes), then its UTF-8.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelmonitor.evaluator.ingest.documents import Buffer
from modelmonitor.evaluator.ingest.reading import malformed
from modelmonitor.evaluator.rows import Values

HEADER = b"inference-header-content-length"
SIZE = "binary_data_size"
MAX_TEXT_BYTES = 1 << 16
"""Of the JSON before tensors whose beginning nobody told."""
_first_document = json.JSONDecoder().raw_decode

_NUMBERS = {
    **{f"INT{8 * size}": np.dtype(f"<i{size}") for size in (1, 2, 4, 8)},
    **{f"UINT{8 * size}": np.dtype(f"<u{size}") for size in (1, 2, 4, 8)},
    **{f"FP{8 * size}": np.dtype(f"<f{size}") for size in (2, 4, 8)},
    "BOOL": np.dtype("u1"),
    "BF16": np.dtype("<u2"),
}


def split(body: bytes, headers: Mapping[bytes, bytes]) -> tuple[Buffer, Buffer]:
    """Return the JSON of a message and what follows it; all is JSON where the header is absent.

    Raises
    ------
    Refused
        If the header is no length within the body.
    """
    length = headers.get(HEADER)
    if length is None:
        return body, b""
    if not (length.isdigit() and len(length) < 12 and int(length) <= len(body)):
        raise malformed()
    view = memoryview(body)
    return view[: int(length)], view[int(length) :]


def seam(body: Buffer) -> int | None:
    """Find where the JSON ends and binary tensors begin, where the header is lost; None: there are none.

    Loggers hand on the headers of the request at most: those of its response are not to be had.

    Examples
    --------
    >>> seam(b'{"parameters": {"binary_data_size": 2}}}}')
    39
    """
    beginning = bytes(body[:MAX_TEXT_BYTES])
    if SIZE.encode() not in beginning:
        return None
    try:
        return int(_first_document(beginning.decode("latin-1"))[1])  # a character is a byte
    except (ValueError, RecursionError):
        return None


def size(parameters: Mapping[str, Any]) -> int | None:
    """Return how many bytes of the message are a tensor's; None: its values are in the JSON.

    Raises
    ------
    Refused
        If the size is no number of bytes.
    """
    number = parameters.get(SIZE)
    if number is None:
        return None
    if type(number) is not int or number < 0:
        raise malformed()
    return number


def values(datatype: str, count: int, data: Buffer) -> Values:
    r"""Read `count` values: an array over the message's own bytes where they are numbers, else texts.

    Bytes that are no UTF-8 become U+FFFD.

    Raises
    ------
    Refused
        If the type is unknown, or the bytes are not as many as the values need.

    Examples
    --------
    >>> values("FP32", 2, b"\x00\x00\x80?\x00\x00\x00@").tolist()
    [1.0, 2.0]
    """
    if datatype == "BYTES":
        return _texts(count, data)
    kind = _NUMBERS.get(datatype)
    if kind is None or count * kind.itemsize != len(data):
        raise malformed()
    numbers: NDArray[Any] = np.frombuffer(data, kind)
    if datatype == "BF16":  # the upper half of a single
        return (numbers.astype("<u4") << 16).view("<f4")
    return numbers != 0 if datatype == "BOOL" else numbers


def _texts(count: int, data: Buffer) -> list[str]:
    if count * 4 > len(data):
        raise malformed()
    texts, position = [], 0
    for _ in range(count):
        start = position + 4
        position = start + int.from_bytes(data[position:start], "little")
        texts.append(str(data[start:position], "utf-8", "replace"))
    if position != len(data):
        raise malformed()
    return texts
