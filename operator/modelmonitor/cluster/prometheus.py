"""A client of Prometheus' HTTP API that trusts nothing: whatever is not its API is an error."""

import json
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp

from modelmonitor.errors import PrometheusError

SECONDS = 5.0
MOST_BYTES = 32 << 20
MOST_BYTES_OF_OTHERS = 4 << 20
"""Of an address that whoever writes monitors may choose: JSON takes up to 25 times its size in memory."""
LONGEST_QUOTE = 200
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample:
    """One series' value at the moment of the question."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class LoadedGroup:
    """A group of rules that Prometheus has loaded.

    Attributes
    ----------
    rules
        How many rules it has.
    error
        Of its first rule that is not well; empty: all are.
    """

    name: str
    rules: int
    error: str


class Prometheus:
    """Ask one Prometheus (or what speaks its API: Thanos, Mimir).

    Parameters
    ----------
    most_bytes
        The largest answer that is read.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, most_bytes: int = MOST_BYTES) -> None:
        self._session = session
        self._most_bytes = most_bytes
        self.url = url.rstrip("/")

    async def query(self, expression: str) -> list[Sample]:
        """Return the samples of an instant query that are numbers.

        Raises
        ------
        PrometheusError
            If anything but the answer of its API comes back, partial data included.
        """
        data = await self._ask("query", {"query": expression})
        return _decode(self._where("query"), data, _samples)

    async def rules(self, labels: Mapping[str, str]) -> list[LoadedGroup]:
        """Return the groups that hold rules with these static labels, and how they do."""
        matchers = ",".join(f'{name}="{value}"' for name, value in labels.items())
        asked = {"match[]": f"{{{matchers}}}", "exclude_alerts": "true"}
        data = await self._ask("rules", asked)
        return _decode(self._where("rules"), data, lambda found: _groups(found, labels))

    async def retention(self) -> str:
        """Return how long Prometheus keeps samples, in its words (`15d`); empty where it cannot be told."""
        try:
            data = await self._ask("status/runtimeinfo", {})
        except PrometheusError:
            return ""
        said = _quote(data.get("storageRetention", "")) if isinstance(data, dict) else ""
        return said.split(" or ")[0]

    def _where(self, path: str) -> str:
        """Name what is asked, for everybody to read: without a password."""
        return f"{re.sub('//[^/]*@', '//', self.url)}/api/v1/{path}"

    async def _ask(self, path: str, parameters: Mapping[str, str]) -> Any:
        where, url, patience = self._where(path), f"{self.url}/api/v1/{path}", aiohttp.ClientTimeout(SECONDS)
        try:
            async with self._session.get(
                url, params=parameters, allow_redirects=False, timeout=patience
            ) as answer:
                body = await _limited(where, answer, self._most_bytes)
                return _data(where, answer.status, answer.content_type, body)
        except TimeoutError as error:
            raise PrometheusError(f"{where}: expected an answer within {SECONDS:g} s, got none") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            name = type(error).__name__
            raise PrometheusError(f"{where}: expected an answer, got {name}; check the address") from error


async def _limited(where: str, answer: aiohttp.ClientResponse, most_bytes: int) -> bytearray:
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > most_bytes:
            raise PrometheusError(
                f"{where}: expected at most {most_bytes >> 20} MiB, got more; is it a Prometheus?"
            )
    return body


def _data(where: str, status: int, content_type: str, body: bytearray) -> Any:
    """Return the data of a complete, successful answer, in which samples are samples already."""
    if 300 <= status < 400:
        raise PrometheusError(f"{where}: expected data, got a redirect ({status}); is a login in between?")
    try:
        text = body.decode()
        del body  # an answer may be large: hold it but once
        answer = json.loads(text, object_hook=_compact)
    except (ValueError, RecursionError) as error:
        got = f"{content_type} (status {status})"
        raise PrometheusError(
            f"{where}: expected JSON of Prometheus' API, got {got}; check the address"
        ) from error
    if not isinstance(answer, dict) or answer.get("status") != "success" or status != 200:
        reason = answer.get("error", "no reason") if isinstance(answer, dict) else "no object"
        raise PrometheusError(f"{where}: expected success, got status {status}: {_quote(reason)}")
    return answer.get("data")


def _decode(where: str, data: Any, decode: Callable[[Any], list[T]]) -> list[T]:
    try:
        return decode(data)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise PrometheusError(
            f"{where}: expected the answer of Prometheus' API, got JSON of another form"
        ) from error


def _samples(data: Any) -> list[Sample]:
    if data["resultType"] != "vector":
        raise ValueError(data["resultType"])
    if not all(isinstance(one, Sample) for one in data["result"]):
        raise TypeError("expected samples")
    return [sample for sample in data["result"] if math.isfinite(sample.value)]


def _compact(found: dict[str, Any]) -> Any:
    """Make a sample of what is one while JSON is read: tens of thousands are held in no larger form."""
    if found.keys() != {"metric", "value"}:
        return found
    try:
        return Sample(_labels(found["metric"]), float(found["value"][1]))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return found


def _labels(metric: Any) -> dict[str, str]:
    """Read labels; thousands of samples share the few texts that they are made of."""
    return {sys.intern(name): sys.intern(str(value)) for name, value in metric.items()}


def _groups(data: Any, labels: Mapping[str, str]) -> list[LoadedGroup]:
    """Keep the rules that carry all the labels; an old Prometheus answers with every one."""
    ours = [
        (str(group["name"]), [rule for rule in group["rules"] if _carries(rule, labels)])
        for group in data["groups"]
    ]
    return [LoadedGroup(name, len(rules), _error(rules)) for name, rules in ours if rules]


def _carries(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    own = rule.get("labels") or {}
    return all(own.get(name) == value for name, value in labels.items())


def _error(rules: Sequence[Mapping[str, Any]]) -> str:
    for rule in rules:
        if rule["health"] == "err":
            return f"{_quote(rule['name'])}: {_quote(rule.get('lastError') or 'no reason given')}"
    return ""


def _quote(said: Any) -> str:
    """Repeat what was said in a length, and in characters, that a status can hold."""
    return str(said)[:LONGEST_QUOTE].encode(errors="replace").decode()
