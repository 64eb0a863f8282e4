"""Addresses over HTTP: direct ones, and those of Services that only the API server can reach for us."""

import re
import ssl
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from modelmonitor.cluster.connection import Connection

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_IN_CLUSTER = re.compile(rf"(?P<service>{_LABEL})\.(?P<namespace>{_LABEL})(?P<domain>\.svc(\.[-a-z0-9.]+)?)?")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where something is asked, and how we say who we are.

    Attributes
    ----------
    through
        How it is reached, in words; empty: directly.
    """

    url: str
    tls: ssl.SSLContext | None = None
    headers: Callable[[], Mapping[str, str]] = field(default=dict)
    through: str = ""

    @property
    def name(self) -> str:
        """The address for everybody to read: without a password."""
        return re.sub("//[^/]*@", "//", self.url)


@dataclass(frozen=True, slots=True)
class Service:
    """A port of a Service, by number or name; `path` is what follows in an address."""

    namespace: str
    name: str
    port: str
    scheme: str = "http"
    path: str = ""

    @classmethod
    def of_url(cls, url: str, *, short: bool) -> "Service | None":
        """Read the address of a Service as pods write it; None if it is no such address.

        Parameters
        ----------
        short
            Take `name.namespace` for one, too, which could be a host anywhere.

        Examples
        --------
        >>> Service.of_url("http://prometheus-operated.monitoring.svc:9090/", short=False).port
        '9090'
        >>> Service.of_url("http://prometheus.io", short=False)
        """
        parts = urllib.parse.urlsplit(url)
        found = _IN_CLUSTER.fullmatch(parts.hostname or "")
        if found is None or not (short or found["domain"]):
            return None
        port = str(parts.port or _PORTS.get(parts.scheme, 80))
        return cls(found["namespace"], found["service"], port, parts.scheme, parts.path.rstrip("/"))

    def address(self, connection: Connection) -> Address:
        """Return the address under which the API server passes requests on to it."""
        scheme = "https:" if self.scheme == "https" else ""
        target = f"{scheme}{self.name}:{self.port}"
        path = f"/api/v1/namespaces/{self.namespace}/services/{target}/proxy{self.path}"
        words = f"Service {self.namespace}/{self.name}:{self.port} through the API server"
        return Address(connection.server + path, connection.tls, connection.headers, words)
