"""The arguments of the programs of a control plane."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cluster.credentials import Credentials

ISSUER = "https://kubernetes.default.svc.cluster.local"
CONTROLLERS_WITHOUT_NODES = ",".join(
    f"{it}-controller"
    for it in (
        "garbage-collector",
        "namespace",
        "serviceaccount",
        "clusterrole-aggregation",
        "serviceaccount-token",
    )
)
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "Metadata", "verbs": ["create", "update", "patch", "delete", "deletecollection"]},
        {"level": "None"},
    ],
}


@dataclass(frozen=True)
class Address:
    """Where the control plane listens: the API on `host`, etcd on 127.0.0.1 only."""

    host: str
    api: int
    etcd: int
    etcd_peers: int
    services: str = "10.96.0.0/16"
    """The network of Services' addresses."""

    @property
    def url(self) -> str:
        """The API server's URL."""
        return f"https://{self.host}:{self.api}"

    @property
    def names(self) -> list[str]:
        """What the API server is called, as its certificate says it: from outside, and from pods."""
        first = ipaddress.ip_network(self.services)[1]
        service = ["kubernetes", "default", "svc", "cluster", "local"]
        inside = [f"DNS:{'.'.join(service[:length])}" for length in (1, 2, 3, 5)]
        return [f"IP:{self.host}", f"IP:{first}", "DNS:localhost", *inside]


def etcd(address: Address, data: Path) -> list[str | Path]:
    """Give etcd's arguments: one member, no fsync, for the data outlive a program but not the machine.

    Thousands of references of half a MiB must have room.
    """
    url = f"http://127.0.0.1:{address.etcd}"
    peers = f"http://127.0.0.1:{address.etcd_peers}"
    return [
        "--data-dir", data, "--unsafe-no-fsync", "--log-level", "warn",
        "--quota-backend-bytes", str(4 << 30),
        "--listen-client-urls", url, "--advertise-client-urls", url,
        "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
        "--initial-cluster", f"default={peers}",
    ]  # fmt: skip


def apiserver(address: Address, credentials: Credentials, policy: Path, audit_log: Path) -> list[str | Path]:
    """Give kube-apiserver's arguments: it logs every write and authorizes by RBAC."""
    certificate, key = credentials.server("kube-apiserver", *address.names)
    return [
        "--etcd-servers", f"http://127.0.0.1:{address.etcd}",
        "--bind-address", address.host, "--secure-port", str(address.api),
        "--advertise-address", address.host,
        "--tls-cert-file", certificate, "--tls-private-key-file", key,
        "--service-cluster-ip-range", address.services,
        "--authorization-mode", "Node,RBAC", "--enable-admission-plugins", "NodeRestriction",
        "--token-auth-file", credentials.token_file, "--client-ca-file", credentials.authority,
        "--service-account-issuer", ISSUER,
        "--service-account-key-file", credentials.service_account_key,
        "--service-account-signing-key-file", credentials.service_account_key,
        "--audit-policy-file", policy, "--audit-log-path", audit_log,
        "--audit-log-maxsize", "50", "--audit-log-maxbackup", "2", "--allow-privileged",
    ]  # fmt: skip


def controllers(kubeconfig: Path, credentials: Credentials, enabled: str) -> list[str | Path]:
    """Give kube-controller-manager's arguments; the rate is for its first seconds, when it is busiest."""
    return [
        "--kubeconfig", kubeconfig, "--leader-elect=false", "--use-service-account-credentials",
        "--kube-api-qps", "500", "--kube-api-burst", "500", "--controllers", enabled,
        "--bind-address", "127.0.0.1", "--secure-port", "0",
        "--service-account-private-key-file", credentials.service_account_key,
        "--root-ca-file", credentials.authority,
        "--cluster-signing-cert-file", credentials.authority,
        "--cluster-signing-key-file", credentials.authority.with_suffix(".key"),
    ]  # fmt: skip
