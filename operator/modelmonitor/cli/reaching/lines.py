"""Lines of JSON that go on coming from a pod, through the API server."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from modelmonitor.cli.reaching import opener
from modelmonitor.cli.reaching.address import Address

SECONDS = 15.0
"""Who says nothing for so long is not there; evaluators say something every second."""
_SHOWN, _LONGEST = 300, 8 << 20
Line = tuple[dict[str, Any], bytes]


@dataclass
class NotRead(Exception):
    """Nothing comes, or nothing more; says why.

    Attributes
    ----------
    status
        Of the answer; 0: there was none.
    by_api
        It is the API server that answers, not the pod.
    """

    why: str
    status: int = 0
    by_api: bool = False


@contextmanager
def opened(address: Address, path: str, headers: Mapping[str, str]) -> Iterator[Iterator[Line]]:
    """Ask for a page that goes on, and give its lines, read and as text, as they come.

    Raises
    ------
    NotRead
        Also while lines are read, and if whoever reads them makes nothing of one.
    """
    sent = {**address.headers(), **headers}
    try:
        request = urllib.request.Request(address.url + path, headers=sent)  # noqa: S310 - http(s) only
        with opener.opened(request, SECONDS, address.tls) as answer:
            yield ((json.loads(line), line) for line in iter(lambda: answer.readline(_LONGEST), b""))
    except urllib.error.HTTPError as error:
        with error:
            body = error.read(1 << 16).decode(errors="replace").strip()
        by_api = '"kind":"Status"' in body.replace(" ", "")
        raise NotRead(_message(body)[:_SHOWN] or error.reason, error.code, by_api) from None
    except (OSError, http.client.HTTPException) as error:
        cause = getattr(error, "reason", error)
        raise NotRead(getattr(cause, "strerror", None) or str(cause) or type(error).__name__) from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NotRead("expected lines of JSON, got something else; is this an evaluator?") from None


def _message(body: str) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return body
