"""Asking over HTTP with what a user is known by, which goes to the address that was meant and to no other."""

import http.client
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from typing import IO, NoReturn


class _Staying(urllib.request.HTTPRedirectHandler):
    """Follows nobody: a pod behind the API server may redirect to any host, and headers would go along."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,  # noqa: ARG002 - urllib calls it so
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> NoReturn:
        where = urllib.parse.urlsplit(newurl)._replace(query="", fragment="").geturl()
        where = re.sub("//[^/]*@", "//", where)
        said = f"a redirect to {where[:200]}, which is not followed"
        raise urllib.error.HTTPError(req.full_url, code, said, headers, fp)


def opened(
    request: urllib.request.Request, seconds: float, tls: ssl.SSLContext | None = None
) -> http.client.HTTPResponse:
    """Send a request and return the answer, which the caller closes.

    A user and a password in the address are sent as HTTP's basic ones.

    Raises
    ------
    urllib.error.HTTPError
        If the answer is no success; a redirect is none, and its reason says where it leads.
    OSError, http.client.HTTPException
        If there is no answer.
    """
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=tls), _Staying())
    _log_in(request)
    try:
        answer: http.client.HTTPResponse = opener.open(request, timeout=seconds)
    except UnicodeError:  # of a name that has no form in the DNS
        raise urllib.error.URLError("no host of such a name") from None
    return answer


def _log_in(request: urllib.request.Request) -> None:
    """Take user and password out of the address, where urllib would take them for a part of the host."""
    parts = urllib.parse.urlsplit(request.full_url)
    who, at, host = parts.netloc.rpartition("@")
    if at:
        request.full_url = parts._replace(netloc=host).geturl()
        request.add_header("Authorization", f"Basic {b64encode(urllib.parse.unquote(who).encode()).decode()}")
