"""What a prediction is called, so that its truth can find it.

The first of these that is there: the configured column or path, in the request, then in the response; the
headers `X-Prediction-Id`, `X-Request-Id`, `ce-id`, each in the request, then in the response; the `id` of
an Open Inference request, then response.

**Rows of a batch.** A column with an id for each row names them. Where N > 1 rows have one id, row i (from
0) is called `<id>/<i>`: a label for the third row of request `order-17` is sent to `order-17/2`. The only
row of a request is called by the id itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import overload

import numpy as np

from modelmonitor.evaluator.rows import Values
from modelmonitor.evaluator.texts import class_text

HEADERS = (b"x-prediction-id", b"x-request-id", b"ce-id")
MAX_LENGTH = 256
"""A longer id is none: what waits for labels is bounded."""


class Numbered(Sequence[str]):
    """The ids of a batch's rows, made when they are asked for: a million of them cost nothing."""

    __slots__ = ("_count", "_id")

    def __init__(self, id_: str, count: int) -> None:
        self._id = id_
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        chosen = range(self._count)[index]
        if isinstance(chosen, range):
            return [f"{self._id}/{number}" for number in chosen]
        return f"{self._id}/{chosen}"


def text(value: object) -> str | None:
    """Return an id as text; None where it is none.

    >>> text(17.0), text("a-1"), text(""), text("x" * 300)
    ('17', 'a-1', None, None)
    """
    written = class_text(value)
    return written if written is not None and len(written) <= MAX_LENGTH else None


def of_headers(request: Mapping[bytes, bytes], response: Mapping[bytes, bytes]) -> str | None:
    """Return the id that headers give."""
    for name in HEADERS:
        for headers in (request, response):
            if (value := headers.get(name)) and (id_ := text(value.decode("utf-8", "replace"))):
                return id_
    return None


def of_rows(value: Values | object, count: int) -> Sequence[str | None] | None:
    """Give each row its id: from a column of them, or from one for all; None where there is none."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, str) and isinstance(value, Sequence):
        if len(value) != count:
            return None
        own = [text(one) for one in value]
        return own if any(own) else None
    id_ = text(value)
    if id_ is None:
        return None
    return [id_] if count == 1 else Numbered(id_, count)


def first(count: int, values: Iterable[Values | object]) -> Sequence[str | None] | None:
    """Return the ids of the first source that has any."""
    for value in values:
        if value is not None and (ids := of_rows(value, count)):
            return ids
    return None
