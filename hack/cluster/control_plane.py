"""The control plane of Kubernetes without a node: etcd, kube-apiserver, kube-controller-manager.

It needs no root and no network but 127.0.0.1; any number may run at once.
"""

import json
import secrets
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cluster import flags, health
from cluster.credentials import Credentials, encoded, file_name
from cluster.flags import Address
from cluster.processes import DIE_WITH_PARENT, ClusterError, Processes


@dataclass(frozen=True)
class Profile:
    """What differs between a control plane alone and that of a node."""

    address: Address
    controllers: str = flags.CONTROLLERS_WITHOUT_NODES
    apiserver: tuple[str, ...] = ("--endpoint-reconciler-type", "none")
    """Further arguments of kube-apiserver; without a node nobody looks up the service `kubernetes`."""
    prefix: tuple[str, ...] = DIE_WITH_PARENT
    """What its programs are started by."""


class ControlPlane:
    """A control plane in a state folder: start it, break it, stop it. A context manager for tests.

    Parameters
    ----------
    state
        Folder for data, logs and credentials; what is there already is used again.
    binaries
        Folder with `etcd`, `kube-apiserver`, `kube-controller-manager` and `kubectl`.
    profile
        Left out: a control plane at free ports of 127.0.0.1 whose programs die with their parent.
    """

    def __init__(self, state: Path, binaries: Path, profile: Profile | None = None) -> None:
        self.state = state
        self.binaries = binaries
        self.profile = profile or Profile(address_of(state))
        self.processes = Processes(state, self.profile.prefix)
        self.credentials = Credentials(state / "pki")
        self.audit_log = state / "audit" / "audit.log"

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return self.profile.address.url

    @property
    def token(self) -> str:
        """The administrator's bearer token."""
        return self.credentials.token

    @property
    def ca(self) -> Path:
        """The certificate that the API server is verified by."""
        return self.credentials.authority

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.state / "kubeconfig"

    def __enter__(self) -> Self:
        """Start everything; stop what was started if something does not."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        """Stop everything."""
        self.stop()

    def start(self) -> None:
        """Start what does not run and wait until it serves."""
        self.credentials.create()
        self.start_etcd()
        self.start_apiserver()
        self.start_controllers()

    def stop(self, *, grace: float = 0.0) -> None:
        """Stop everything; without grace by KILL, from which etcd recovers as well."""
        for name in ("kube-controller-manager", "kube-apiserver", "etcd"):
            self.processes.stop(name, grace=grace)

    def start_etcd(self) -> None:
        """Start etcd."""
        arguments = flags.etcd(self.profile.address, self.state / "etcd")
        self.processes.start("etcd", [self.binaries / "etcd", *arguments])

    def start_apiserver(self) -> None:
        """Start the API server, at the same address as ever; wait for it."""
        arguments = flags.apiserver(
            self.profile.address, self.credentials, self._audit_policy(), self.audit_log
        )
        command = [self.binaries / "kube-apiserver", *arguments, *self.profile.apiserver]
        self.processes.start("kube-apiserver", command)
        self.processes.wait_until("kube-apiserver", self.ready)
        self.credentials.kubeconfig(self.kubeconfig, self.url, {"token": self.token})

    def stop_apiserver(self) -> None:
        """Kill the API server: an outage, its data stay."""
        self.processes.stop("kube-apiserver", grace=0.0)

    def start_controllers(self) -> None:
        """Start the controllers; they know at once every kind that there is now."""
        kubeconfig = self.kubeconfig_of("system:kube-controller-manager")
        arguments = flags.controllers(kubeconfig, self.credentials, self.profile.controllers)
        command = [self.binaries / "kube-controller-manager", *arguments]
        self.processes.start("kube-controller-manager", command)

    def restart_controllers(self) -> None:
        """Make the garbage collector know new CRDs now; by itself it looks for new kinds every 30 s."""
        self.stop_controllers()
        self.start_controllers()

    def stop_controllers(self) -> None:
        """Kill the controllers."""
        self.processes.stop("kube-controller-manager", grace=0.0)

    def kubeconfig_of(self, user: str, *groups: str) -> Path:
        """Give a kubeconfig for any user in any groups (authenticated by client certificate)."""
        certificate, key = self.credentials.client(user, *groups)
        identity = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
        path = self.state / "users" / f"{file_name(user, *groups)}.kubeconfig"
        return self.credentials.kubeconfig(path, self.url, identity)

    def kubectl(self, *arguments: str, input: str | None = None, check: bool = True,  # noqa: A002
                kubeconfig: Path | None = None) -> str:  # fmt: skip
        """Run kubectl as the administrator, or by another kubeconfig; give its stdout.

        Raises
        ------
        ClusterError
            With kubectl's stderr, if it fails and `check` is true.
        """
        configured = str(kubeconfig or self.kubeconfig)
        command = [str(self.binaries / "kubectl"), "--kubeconfig", configured, *arguments]
        answer = subprocess.run(command, input=input, capture_output=True, text=True, check=False)
        if check and answer.returncode != 0:
            raise ClusterError(f"kubectl {' '.join(arguments)}: {answer.stderr.strip()}")
        return answer.stdout

    def ready(self) -> bool:
        """Tell whether the API server says that it is ready."""
        return health.answers(f"{self.url}/readyz", self.ca, self.token)

    def _audit_policy(self) -> Path:
        path = self.state / "audit" / "policy.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(flags.AUDIT_POLICY))
        return path


def address_of(state: Path) -> Address:
    """Give the address that the state was started with, or else one at free ports."""
    file = state / "ports.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(_free_ports(3)))
    api, etcd, peers = json.loads(file.read_text())
    return Address("127.0.0.1", api, etcd, peers)


def _free_ports(number: int) -> list[int]:
    """Pick ports at random below the ephemeral range, where no outgoing connection takes them meanwhile."""
    ports: list[int] = []
    while len(ports) < number:
        port = 20000 + secrets.randbelow(12000)
        with socket.socket() as probe:
            if port not in ports and probe.connect_ex(("127.0.0.1", port)) != 0:
                ports.append(port)
    return ports
