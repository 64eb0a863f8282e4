"""What is at a path into a document (see `wire.paths`), and which request targets are predictions."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from modelmonitor.wire.paths import EACH, Path, path

__all__ = ["EACH", "Path", "found", "path", "targets"]


def found(document: Any, steps: Path) -> Any:
    """Return what is at a path, None where there is nothing; `[*]` gives a list, None for elements without.

    >>> found({"data": [{"score": 0.5}, {}]}, ("data", None, "score"))
    [0.5, None]
    """
    for number, step in enumerate(steps):
        if step is EACH:
            rest = steps[number + 1 :]
            return [found(one, rest) for one in document] if isinstance(document, list) else None
        if isinstance(step, str):
            document = document.get(step) if isinstance(document, dict) else None
        else:
            document = document[step] if isinstance(document, list) and step < len(document) else None
    return document


def targets(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return an expression for whole paths of requests, `*` for anything but a slash.

    Pieces between stars are atomic: a long path costs no more than its length for each star.
    """
    return re.compile("|".join(map(_target, patterns)) or r"(?!)")


def _target(pattern: str) -> str:
    first, *rest = pattern.split("*")
    return re.escape(first) + "".join(_after_stars(rest))


def _after_stars(pieces: Sequence[str]) -> Iterable[str]:
    for number, piece in enumerate(pieces, 1):
        literal = re.escape(piece)
        yield f"(?>[^/]*?{literal})" if number < len(pieces) else f"[^/]*{literal}"
