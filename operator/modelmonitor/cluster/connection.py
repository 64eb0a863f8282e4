"""How to reach the Kubernetes API: from a pod by its service account, from elsewhere by a kubeconfig."""

import os
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelmonitor.errors import Unreachable

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TOKEN_LASTS = 60.0
"""Seconds after which the token is read again; the kubelet rotates it at 80 % of its life."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the API is, how to trust it, and who we are.

    Attributes
    ----------
    token
        Returns the bearer token of the moment; empty where a client certificate says who we are.
    namespace
        The namespace that we run in.
    """

    server: str
    tls: ssl.SSLContext
    token: Callable[[], str]
    namespace: str

    def headers(self) -> dict[str, str]:
        """Return the headers that say who we are, now."""
        token = self.token()
        return {"Authorization": f"Bearer {token}"} if token else {}


def connect(kubeconfig: str | None = None, context: str | None = None) -> Connection:
    """Return the connection of the pod we run in; where one is named, or elsewhere, that of a kubeconfig.

    Raises
    ------
    Unreachable
        If there is neither a service account nor a usable kubeconfig.
    """
    if kubeconfig is None and context is None and (SERVICE_ACCOUNT / "token").exists():
        return in_cluster(SERVICE_ACCOUNT)
    return from_kubeconfig(kubeconfig, context)


def in_cluster(account: Path) -> Connection:
    """Return the connection of a pod by its mounted service account."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "")
    if not host:
        raise Unreachable("KUBERNETES_SERVICE_HOST: expected an address, got nothing; run as a pod")
    return Connection(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        tls=ssl.create_default_context(cafile=str(account / "ca.crt")),
        token=RotatingToken(account / "token"),
        namespace=(account / "namespace").read_text().strip(),
    )


class RotatingToken:
    """The content of a token file, read again once a minute."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._read_at = -TOKEN_LASTS
        self._token = ""

    def __call__(self) -> str:
        """Return the token of the moment."""
        if self._clock() - self._read_at >= TOKEN_LASTS:
            self._token, self._read_at = self._file.read_text().strip(), self._clock()
        return self._token


def from_kubeconfig(path: str | None, context: str | None) -> Connection:
    """Return the connection of a kubeconfig; None: of the file and context that kubectl would use."""
    from kubernetes.client import Configuration  # noqa: PLC0415 - costs 9 MiB, and is never needed in a pod
    from kubernetes.config import ConfigException, kube_config  # noqa: PLC0415
    from yaml import YAMLError  # noqa: PLC0415

    found = Configuration()
    try:
        kube_config.load_kube_config(config_file=path, context=context, client_configuration=found)
        contexts, active = kube_config.list_kube_config_contexts(config_file=path)
        chosen = next((one for one in contexts if one["name"] == context), active)
        return Connection(
            server=found.host.rstrip("/"),
            tls=_tls(found),
            token=lambda: _bearer(found),
            namespace=chosen["context"].get("namespace") or "default",
        )
    except (ConfigException, OSError) as error:
        got = str(error)
    except (YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:
        got = f"something else ({type(error).__name__})"  # the library fails on it in any way
    raise Unreachable(f"kubeconfig: expected a usable one, got: {got.rstrip('.')}; give --kubeconfig")


def _tls(found: Any) -> ssl.SSLContext:
    tls = ssl.create_default_context(cafile=found.ssl_ca_cert)
    if not found.verify_ssl:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    if found.cert_file:
        tls.load_cert_chain(found.cert_file, found.key_file)
    return tls


def _bearer(found: Any) -> str:
    token = found.get_api_key_with_prefix("BearerToken", alias="authorization") or ""
    return str(token).removeprefix("Bearer ")
