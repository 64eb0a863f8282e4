"""The document of `/v1/stats`, asked for over HTTP."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import click

from modelmonitor import wire
from modelmonitor.cli.reaching import opener
from modelmonitor.cli.reaching.address import Address

_SECONDS = 10.0
_LARGEST = 1 << 26
Document = dict[str, Any]


class NoStatistics(click.ClickException):
    """Nobody answers, or not with statistics."""


def asked(url: str) -> Document:
    """Ask an evaluator for its statistics.

    Raises
    ------
    NoStatistics
        With the reason and what to do, in one line.
    """
    where = _address(url)
    try:
        with opener.opened(urllib.request.Request(where), _SECONDS) as answer:  # noqa: S310 - http(s) only
            found = json.loads(answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        error.close()
        raise _nothing(
            where, f"{error.code} {error.reason}", "is this the evaluator's port mm-http?"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        got = getattr(reason, "strerror", None) or str(reason) or type(error).__name__
        raise _nothing(where, got.lower(), "check the address, or forward the port to a pod") from None
    except (ValueError, RecursionError):
        found = None
    if not (isinstance(found, dict) and "traffic" in found):
        raise _nothing(where, "something else", "is this the evaluator's port mm-http?")
    return found


def _address(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    path = parts.path.rstrip("/")
    whole = path if path.endswith(wire.PATH_STATS) else path + wire.PATH_STATS
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, whole, "", ""))


def _nothing(where: str, got: str, remedy: str) -> NoStatistics:
    return NoStatistics(f"{Address(where).name}: expected statistics of an evaluator, got {got}; {remedy}")
