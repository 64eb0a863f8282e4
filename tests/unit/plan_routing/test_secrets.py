"""What is in the value of a Secret that does not belong there; the value itself is never told."""

import base64
import doctest

import pytest

from modelmonitor.plan.routing import secrets
from modelmonitor.plan.routing.secrets import Form


def flaw(value: str | bytes, form: Form = Form.KEY) -> str:
    raw = value.encode() if isinstance(value, str) else value
    return secrets.flaw(base64.b64encode(raw).decode(), form)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("R0UTINGKEY", ""),
        ("schlüssel", ""),
        ("key\n", "a line break at its end"),
        ("key\r\n", "a line break at its end"),
        ("key \n", "white space at its end"),
        ("\nkey", "a line break in it"),
        ("k ey", "white space in it"),
        ("key\u00a0", "white space at its end"),
        ("\ufeffkey", "a character that cannot be seen in it"),
        ("key\x00", "a character that cannot be seen in it"),
        ("key".encode("utf-16"), "bytes that are no text"),
        ("\n", "a line break at its end"),
    ],
)
def test_what_is_in_a_key_beside_the_key_is_told(value: str | bytes, said: str) -> None:
    assert flaw(value) == said


@pytest.mark.parametrize(
    ("form", "value", "is_well"),
    [
        (Form.PASSWORD, "correct horse ", True),
        (Form.PASSWORD, "tab\there", True),
        (Form.PASSWORD, "horse\n", False),
        (Form.PASSWORD, "horse\x00", False),
        (Form.TRIMMED_ADDRESS, " https://x.example\n", True),
        (Form.TRIMMED_ADDRESS, "https://x.example/a b", False),
        (Form.TRIMMED_ADDRESS, " \n", False),
        (Form.ADDRESS, "https://x.example\n", False),
        (Form.ADDRESS, "HTTP://me:pass@x.example:8080/a%20b?c=%zz#d", True),
        (Form.ADDRESS, "http://[::1]:9093", True),
        (Form.ADDRESS, "x.example/hook", False),
        (Form.ADDRESS, "ftp://x.example", False),
        (Form.ADDRESS, "https:///hook", False),
        (Form.ADDRESS, "https://x.example:port", False),
        (Form.ADDRESS, "https://x.example/%zz", False),
        (Form.KEY, "x.example/hook", True),
    ],
)
def test_what_belongs_to_a_value_depends_on_what_it_is(form: Form, value: str, is_well: bool) -> None:
    assert (flaw(value, form) == "") == is_well


def test_examples_hold() -> None:
    assert doctest.testmod(secrets).failed == 0
