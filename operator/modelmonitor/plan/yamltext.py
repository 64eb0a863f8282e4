"""Documents as YAML text for people: in order, plain where that is safe, texts of several lines as blocks.

It knows only what JSON holds, and so is several times as fast as a general writer, even one in C.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from json import dumps
from typing import Any

_Out = Callable[[str], None]

_MAPPINGS = (dict, Mapping)  # what is said first is found first
_LISTS = (list, tuple)

_FIRST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_(/$")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_DURATION = re.compile("([0-9]+(ms|[smhdw]))+").fullmatch
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def to_yaml(document: Any) -> str:
    """Write a document of mappings, lists, texts, numbers, truth values and nulls; anchors are never used.

    Examples
    --------
    >>> print(to_yaml({"expr": 'up{job="a"}', "for": "5m", "no": ["on", 1]}), end="")
    expr: up{job="a"}
    for: 5m
    "no":
    - "on"
    - 1
    """
    parts: list[str] = []
    if isinstance(document, _MAPPINGS) and document:
        _mapping(document, "", "", parts.append)
    elif isinstance(document, _LISTS) and document:
        _list(document, "", parts.append)
    else:
        parts.append(f"{_scalar(document, '')}\n")
    return "".join(parts)


def _mapping(mapping: Mapping[str, Any], lead: str, indent: str, out: _Out) -> None:
    """Write a mapping; its first line begins with `lead`, because it may stand in a list."""
    for key, value in mapping.items():
        if type(value) is str and "\n" not in value:
            out(f"{lead}{_text(key)}: {_text(value)}\n")
        elif isinstance(value, _MAPPINGS) and value:
            out(f"{lead}{_text(key)}:\n")
            inner = indent + "  "
            _mapping(value, inner, inner, out)
        elif isinstance(value, _LISTS) and value:
            out(f"{lead}{_text(key)}:\n")
            _list(value, indent, out)
        else:
            out(f"{lead}{_text(key)}: {_scalar(value, indent)}\n")
        lead = indent


def _list(entries: list[Any] | tuple[Any, ...], indent: str, out: _Out) -> None:
    inner, dash = indent + "  ", indent + "- "
    for entry in entries:
        if isinstance(entry, _MAPPINGS) and entry:
            _mapping(entry, dash, inner, out)
        elif isinstance(entry, _LISTS) and entry:
            out(f"{indent}-\n")
            _list(entry, inner, out)
        else:
            out(f"{dash}{_scalar(entry, indent)}\n")


def _scalar(value: Any, indent: str) -> str:
    if isinstance(value, str):
        return _block(value, indent + "  ") if "\n" in value else _text(str(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, tuple):
        return "[]"
    return dumps(value)  # null, truth values, whole numbers, {} and [] are written as in JSON


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    """Write a text of one line: plain, or in double quotes if it would be read as something else."""
    if not text.isprintable() or not text:
        return _quoted(text)
    plain = text[0] in _FIRST and text.lower() not in _WORDS
    if (plain and ": " not in text and " #" not in text and text[-1] not in ": ") or _DURATION(text):
        return text
    return "'" + text.replace("'", "''") + "'" if '"' in text or "\\" in text else f'"{text}"'


def _block(text: str, indent: str) -> str:
    """Write a text of several lines as it reads, or in quotes if a block cannot hold it."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if not lines[0] or lines[0][0] == " " or not lines[-1] or not "".join(lines).isprintable():
        return _quoted(text)
    chomp = "" if text.endswith("\n") else "-"
    return f"|{chomp}\n" + "\n".join(f"{indent}{line}" if line else "" for line in lines)


def _quoted(text: str) -> str:
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", dumps(text, ensure_ascii=False))


def _float(number: float) -> str:
    text = repr(number)
    if text in {"inf", "-inf", "nan"}:
        return text.replace("inf", ".inf").replace("nan", ".nan")
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}{exponent}{power}" if exponent else text
