"""What the Secrets of routes have to hold: a flaw of a value is told, the value itself never is."""

import base64
from enum import Enum

_LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


class Form(Enum):
    """What a value is."""

    KEY = 0
    """A key or token, sent as it is."""
    PASSWORD = 1
    """May have spaces."""
    ADDRESS = 2
    """One that prometheus-operator trims; what it cannot read afterwards, it leaves out with all the rest."""
    UNTRIMMED_ADDRESS = 3
    """One that some versions of it do not trim: Alertmanager takes no configuration with it, of no team."""

    @property
    def is_address(self) -> bool:
        """Whether a flaw in it is everybody's trouble, not just that of who is told by it."""
        return self in {Form.ADDRESS, Form.UNTRIMMED_ADDRESS}


def flaw(encoded: str, form: Form) -> str:
    r"""Say what is in a value, in base64, that does not belong to it; empty: nothing.

    >>> flaw(base64.b64encode(b"key\n").decode(), Form.KEY)
    'a line break at its end'
    """
    try:
        text = base64.b64decode(encoded).decode()
    except ValueError:
        return "bytes that are no text"
    if form is Form.ADDRESS:
        text = text.strip() or text
    odd = [position for position, one in enumerate(text) if _is_odd(one, form)]
    if not odd:
        return ""
    where = "at its end" if odd[0] >= len(text.rstrip()) else "in it"
    return f"{_named(text[odd[0]])} {where}"


def _is_odd(one: str, form: Form) -> bool:
    if one.isspace():
        return form is not Form.PASSWORD or one in _LINE_BREAKS
    return not one.isprintable()


def _named(one: str) -> str:
    if one in _LINE_BREAKS:
        return "a line break"
    return "white space" if one.isspace() else "a character that cannot be seen"
