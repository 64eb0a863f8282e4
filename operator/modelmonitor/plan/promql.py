"""Small pieces of PromQL: numbers, strings, matchers, and the lexer that finds a place in a user's query."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

import promql_parser

from modelmonitor.api.duration import Duration
from modelmonitor.plan import form

_DIGITS = Context(prec=15, rounding=ROUND_HALF_EVEN)


@lru_cache(maxsize=1024)
def number(value: Fraction | Decimal | int) -> str:
    """Write a number in plain decimal notation, without binary artefacts, to 15 significant digits.

    Examples
    --------
    >>> number(Fraction(144, 10) / 1000), number(1 - Decimal("0.999")), number(Fraction(1, 3))
    ('0.0144', '0.001', '0.333333333333333')
    """
    exact = Fraction(value)
    shown = _DIGITS.divide(Decimal(exact.numerator), Decimal(exact.denominator)).normalize()
    return f"{shown:f}"


@lru_cache(maxsize=1024)
def seconds(duration: Duration) -> str:
    """Write the length of a duration in seconds."""
    return number(duration.exact_seconds)


@lru_cache(maxsize=4096)  # the same labels stand in hundreds of selectors
def string(text: str) -> str:
    """Quote text as a PromQL string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def selector(metric: str, labels: Mapping[str, str]) -> str:
    """Select the series of a metric that carry exactly these label values."""
    matchers = ",".join(f"{label}={string(value)}" for label, value in labels.items())
    return f"{metric}{{{matchers}}}" if matchers else metric


@lru_cache(maxsize=64)  # whoever checks a query, reads it next
def parse(query: str) -> Any:
    """Parse a query into a tree; ValueError says why it is none."""
    return promql_parser.parse(_without_raw_strings(query))


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a query and where it starts (0-based)."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next character stands."""
        return self.start + len(self.text)


_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*`
      | [0-9][0-9a-zA-Z_.]* | \.[0-9]+
      | [a-zA-Z_:][a-zA-Z0-9_:.]*
      | ==|!=|=~|!~|<=|>=
      | .""",
    re.VERBOSE | re.DOTALL,
)


_CODES = re.compile(r"""(?<!~)["'`][1-5]([.][.*+]|[0-9][.])["'`]""")
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_TO_TIDY = re.compile(r"[^\S ]|  |#")  # most queries are on one line already


def tokens(query: str) -> list[Token]:
    """Cut a query into words; spaces and comments are dropped, and nothing is refused."""
    found = _TOKEN.finditer(query)
    return [Token(match.group(), match.start()) for match in found if match["space"] is None]


def _without_raw_strings(query: str) -> str:
    """Write `raw` strings in double quotes: the parser would look for escapes in them."""
    if "`" not in query:
        return query
    return _TOKEN.sub(lambda found: _quoted(found[0]), query)


def _quoted(word: str) -> str:
    return string(word[1:-1]) if len(word) > 1 and word[0] == "`" else word


def one_line(query: str) -> str:
    """Write a query on one line, without comments; what stands in quotes stays as it is."""
    if not _TO_TIDY.search(query):
        return query.strip()
    text, end = "", 0
    for token in tokens(query):
        text += " " if text and token.start > end else ""
        text, end = text + token.text, token.end
    return text


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why and where a query is refused: line and column count from 1."""

    reason: str
    line: int
    column: int
    near: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}, near {self.near!r}: {self.reason}"


def refusal(query: str) -> Refusal | None:
    """Say why and where a query is not PromQL; None when it is."""
    if _is_promql(form.of(query)):
        return _alternative(query)
    try:
        parse(query)
    except ValueError as error:
        return _locate(query, str(error))
    return _alternative(query)


@lru_cache(maxsize=256)
def _is_promql(query: str) -> bool:
    try:
        parse(query)
    except ValueError:
        return False
    return True


def not_a_vector(query: str) -> str | None:
    """Say what a query yields in place of series with one value each; None when it yields those."""
    try:
        parse(f"sum({one_line(query)})")
    except ValueError as error:
        yields = {"matrix": "a range of samples", "scalar": "a number without series", "string": "a text"}
        return yields.get(str(error).rpartition(" ")[2], str(error))
    return None


def _alternative(query: str) -> Refusal | None:
    """Find an `or` between matchers: the parser and other databases know it, Prometheus does not."""
    inside = False
    for word, following in pairwise(tokens(query) if _OR.search(query) else ()):
        inside = (inside or word.text == "{") and word.text != "}"
        if inside and word.text.lower() == "or" and following.text[0] not in "=!":
            return _refusal_at(query, word, "Prometheus knows no `or` between matchers")
    return None


def literal_pattern(query: str) -> str | None:
    """Find a matcher that compares with a pattern of status codes letter by letter, which none equals."""
    if not _CODES.search(query):
        return None
    words = [word.text for word in tokens(query)]
    triples = zip(words, words[1:], words[2:], strict=False)
    return next(("".join(it) for it in triples if it[1] in {"=", "!="} and _CODES.fullmatch(it[2])), None)


def _locate(query: str, reason: str) -> Refusal:
    words = tokens(query)
    place = _unclosed(words, reason) or _named(words, reason) or _first_unviable(query, words)
    place = place or Token("end of the query", len(query.rstrip()))
    return _refusal_at(
        query, place, reason if reason != "invalid promql query" else f"unexpected {place.text}"
    )


def _refusal_at(query: str, place: Token, reason: str) -> Refusal:
    before = query[: place.start]
    return Refusal(
        reason, before.count("\n") + 1, place.start - (before.rfind("\n") + 1) + 1, place.text[:40]
    )


def _unclosed(words: list[Token], reason: str) -> Token | None:
    """Find the bracket that is never closed, or the quote that is never ended."""
    if "unterminated" in reason:
        return next((word for word in words if word.text in {'"', "'", "`"}), None)
    if "unclosed" not in reason:
        return None
    opened = []
    for word in words:
        if word.text in {"(", "{", "["}:
            opened.append(word)
        elif word.text in {")", "}", "]"} and opened:
            opened.pop()
    return opened[-1] if opened else None


def _named(words: list[Token], reason: str) -> Token | None:
    """Find the word that the parser quotes at the end of its reason, counting brackets for a surplus one."""
    quoted = re.search(r"'([^']+)'|(?:: |for )(\S+)$", reason)
    if not quoted or "right parenthesis" in reason:
        return _surplus(words) if quoted else None
    culprit = quoted.group(1) or quoted.group(2)
    return next((word for word in words if word.text.strip("\"'`") == culprit), None)


def _surplus(words: list[Token]) -> Token | None:
    depth = 0
    for word in words:
        depth += {"(": 1, ")": -1}.get(word.text, 0)
        if depth < 0:
            return word
    return None


_ENDINGS = (
    "",
    "x",
    " 1",
    "(x)",
    "(x[5m])",
    "[5m])",
    "(1, x)",
    ' "x"',
    '="x"}',
    '"x"}',
    "}",
    "5m",
    "5m]",
    "]",
    "by (x)(x)",
)


def _first_unviable(query: str, words: list[Token]) -> Token | None:
    """Find the first word after which no ending makes a query: the word that broke it."""
    low, high = 0, len(words)
    while low < high:  # the prefixes of a query are viable up to one word and never after it
        middle = (low + high) // 2
        if _viable(query[: words[middle].end]):
            low = middle + 1
        else:
            high = middle
    return words[low] if low < len(words) else None


def _viable(prefix: str) -> bool:
    words = [word.text for word in tokens(prefix)]
    missing = max(0, words.count("(") - words.count(")"))
    return any(
        _parses(prefix + ending + ")" * extra)
        for ending in _ENDINGS
        for extra in {missing, max(0, missing - 1)}
    )


def _parses(query: str) -> bool:
    try:
        promql_parser.parse(_without_raw_strings(query))
    except ValueError as error:
        return "expected type" in str(error) or "wrong number of arguments" in str(error)
    return True
