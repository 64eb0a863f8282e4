"""Ask a server of the cluster whether it is well."""

import http.client
import ssl
import urllib.parse
from contextlib import closing
from pathlib import Path

SECONDS_TO_ANSWER = 5.0


def answers(url: str, ca: Path | None = None, token: str = "") -> bool:
    """Tell whether a GET of the URL is answered by 200; False for every way in which it is not."""
    place = urllib.parse.urlsplit(url)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with closing(_connection(place, ca)) as connection:
            connection.request("GET", place.path, headers=headers)
            return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False


def _connection(place: urllib.parse.SplitResult, ca: Path | None) -> http.client.HTTPConnection:
    host = place.hostname or ""
    if place.scheme == "http":
        return http.client.HTTPConnection(host, place.port, timeout=SECONDS_TO_ANSWER)
    context = ssl.create_default_context(cafile=str(ca))
    return http.client.HTTPSConnection(host, place.port, timeout=SECONDS_TO_ANSWER, context=context)
