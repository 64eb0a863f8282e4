"""What the Secrets of routes have to hold: a flaw of a value is told, the value itself never is."""

import base64
import re
from enum import Enum

_LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_ADDRESS = re.compile(
    r"https?://([^\s/?#@]+@)?([^\s/?#@:%\[\]]+|\[[0-9a-f:.]+\])(:[0-9]*)?(/([^%?#]|%[0-9a-f]{2})*)?([?#].*)?",
    re.I,
)
"""What Alertmanager takes, give or take what nobody has."""


class Form(Enum):
    """What a value is."""

    KEY = 0
    """A key or token, sent as it is."""
    PASSWORD = 1
    """May have spaces."""
    TRIMMED_ADDRESS = 2
    """One that prometheus-operator trims; what it cannot read then, it leaves out with all other routes."""
    ADDRESS = 3
    """One that some of its versions pass on as it is: an Alertmanager that cannot read it stops for all."""

    @property
    def is_address(self) -> bool:
        """Whether a flaw in it is everybody's trouble, not just that of who is told by it."""
        return self in {Form.ADDRESS, Form.TRIMMED_ADDRESS}


def flaw(encoded: str, form: Form) -> str:
    r"""Say what is in a value, in base64, that does not belong to it; empty: nothing.

    >>> flaw(base64.b64encode(b"key\n").decode(), Form.KEY)
    'a line break at its end'
    """
    try:
        text = base64.b64decode(encoded).decode()
    except ValueError:
        return "bytes that are no text"
    if form is Form.TRIMMED_ADDRESS:
        text = text.strip() or text
    odd = [position for position, one in enumerate(text) if _is_odd(one, form)]
    if odd:
        where = "at its end" if odd[0] >= len(text.rstrip()) else "in it"
        return f"{_named(text[odd[0]])} {where}"
    return "what is no address (https://…)" if form.is_address and not _ADDRESS.fullmatch(text) else ""


def _is_odd(one: str, form: Form) -> bool:
    if one.isspace():
        return form is not Form.PASSWORD or one in _LINE_BREAKS
    return not one.isprintable()


def _named(one: str) -> str:
    if one in _LINE_BREAKS:
        return "a line break"
    return "white space" if one.isspace() else "a character that cannot be seen"
