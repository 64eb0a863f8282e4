"""Labels as bytes: equal truths are equal bytes, and no scheme is needed to write them.

The first byte tells the kind. A class: the hash of its text. A value: a float. Relevant items of a ranking:
hash and gain of each, ordered by hash. All little-endian. So a label that was sent while a config changes
is read with the scheme of its prediction, whichever it is, and no class or item is kept as text.
"""

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from modelmonitor.evaluator.records import key
from modelmonitor.evaluator.texts import class_text
from modelmonitor.wire.config import Task
from modelmonitor.wire.scheme import Scheme

CLASS, VALUE, ITEMS = b"c", b"v", b"i"
KINDS = {Task.BINARY: CLASS, Task.MULTICLASS: CLASS, Task.REGRESSION: VALUE, Task.RANKING: ITEMS}
MOST_ITEMS = 10_000
"""Relevant items of one label."""
LONGEST = 1023
"""Bits of a whole number that is a float as well."""
RELEVANT = np.dtype([("item", "<u8"), ("gain", "<f8")])


def encode(task: Task, actual: object) -> bytes | None:
    """Write what came true, or return None where the task has no such truth.

    Classification: any scalar (`texts.class_text`); one that is not declared is a class as well. Regression:
    a finite number. Ranking: a list of relevant items, or a mapping from items to gains, which are finite
    numbers; items of no gain, or less than none, are not relevant.

    >>> encode(Task.BINARY, 1) == encode(Task.BINARY, "1") == encode(Task.BINARY, 1.0)
    True
    >>> encode(Task.REGRESSION, float("nan")) is None
    True
    """
    if KINDS[task] is CLASS:
        text = class_text(actual)
        return None if text is None else of_class(text)
    if KINDS[task] is VALUE:
        value = number(actual)
        return None if value is None else VALUE + np.float64(value).tobytes()
    return _of_items(actual)


@lru_cache(1024)
def of_class(text: str) -> bytes:
    """Write a class; the same object for the same class, so that many labels weigh little."""
    return CLASS + key(text).to_bytes(8, "little")


def implied(scheme: Scheme) -> bytes | None:
    """Write what silence means, or return None if it means nothing.

    Ranking: whatever the text, that nothing was relevant. Regression: the number that the text says; a text
    that says none means nothing.
    """
    text = scheme.config.labels.implicit
    if text is None:
        return None
    if scheme.task is Task.RANKING:
        return encode(scheme.task, [])
    return encode(scheme.task, _number(text) if scheme.task is Task.REGRESSION else text)


def codes(labels: list[bytes], classes: tuple[str, ...]) -> NDArray[np.float64]:
    """Read classes as codes; the number of classes: one that is not declared.

    >>> codes([of_class("no"), of_class("perhaps")], ("no", "yes"))
    array([0., 2.])
    """
    known = {of_class(name): float(code) for code, name in enumerate(classes)}
    return np.array([known.get(label, len(classes)) for label in labels], np.float64)


def values(labels: list[bytes]) -> NDArray[np.float64]:
    """Read values."""
    return np.frombuffer(b"".join(label[1:] for label in labels), "<f8").astype(np.float64)


def relevant(label: bytes) -> NDArray[np.void]:
    """Read relevant items (`RELEVANT`), in the order of their hashes."""
    return np.frombuffer(label, RELEVANT, offset=1)


def number(value: object) -> float | None:
    """Return a finite number as such, or None; truth values and texts are none.

    >>> [number(value) for value in (1, True, "1", float("inf"))]
    [1.0, None, None, None]
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and value.bit_length() > LONGEST:
        return None
    return float(value) if math.isfinite(value) else None


def _of_items(actual: object) -> bytes | None:
    if isinstance(actual, Mapping):
        pairs = list(actual.items())
    elif isinstance(actual, list):
        pairs = [(item, 1.0) for item in actual]
    else:
        return None
    gains: dict[int, float] = {}
    for item, gain in pairs:
        text = class_text(item)
        worth = number(gain)
        if text is None or worth is None:
            return None
        if worth > 0:
            gains[key(text)] = worth
    if len(gains) > MOST_ITEMS:
        return None
    return ITEMS + np.array(sorted(gains.items()), RELEVANT).tobytes()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
