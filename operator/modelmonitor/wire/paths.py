"""Paths into documents: names joined by dots, `[2]` for an element of a list, `[*]` for each of them.

`$` or `$.` may lead: `data[*].score`, `$.result.items[0].id`. A name is anything but dots and square
brackets.
"""

import re

EACH = None
"""The step `[*]`."""
Path = tuple[str | int | None, ...]

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,9}|\*)\]")


def path(text: str) -> Path | None:
    """Read a path; None where the text is none.

    >>> path("data[*].score"), path("a..b")
    (('data', None, 'score'), None)
    """
    steps: list[str | int | None] = []
    text = text.removeprefix("$")
    position = 0
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return None
        name, index = step.groups()
        steps.append(name if name is not None else EACH if index == "*" else int(index))
        position = step.end()
    return tuple(steps)
