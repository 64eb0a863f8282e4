"""The container runtime: containerd of the node's own, configured into the state folder, and its images."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from cluster import network
from cluster.processes import ClusterError

SANDBOX_IMAGE_NAME = "pause"


class Runtime:
    """containerd as the node of one state folder has it."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.socket = state / "run" / "containerd.sock"
        self.config = state / "etc" / "containerd.toml"
        self.plugins = state / "etc" / "cni"

    @property
    def endpoint(self) -> str:
        """The socket's URL."""
        return f"unix://{self.socket}"

    def configure(self, sandbox_image: str) -> list[str | Path]:
        """Write the configuration; give the command that starts containerd."""
        self.plugins.mkdir(parents=True, exist_ok=True)
        (self.plugins / "10-modelmonitor.conflist").write_text(json.dumps(self._network(), indent=2))
        self.config.write_text(self._config(sandbox_image))
        return ["containerd", "--config", self.config]

    def ready(self) -> bool:
        """Tell whether containerd answers."""
        return self._ctr("version").returncode == 0

    def load(self, archives: Iterable[Path]) -> list[str]:
        """Import image archives; give the lines that name the images."""
        lines: list[str] = []
        for archive in archives:
            answer = self._ctr("--namespace", "k8s.io", "images", "import", str(archive.resolve()))
            if answer.returncode != 0:
                raise ClusterError(f"{archive}: expected an image archive, got {answer.stderr.strip()}")
            lines += answer.stdout.splitlines()
        return lines

    def images(self) -> set[str]:
        """Name the images that are there."""
        return set(self._ctr("--namespace", "k8s.io", "images", "list", "--quiet").stdout.split())

    def _ctr(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["ctr", "--address", str(self.socket), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def _config(self, sandbox_image: str) -> str:
        # restrict_oom_score_adj: without CAP_SYS_RESOURCE a container's own, lower score is refused
        return f"""version = 2
root = "{self.state}/containerd"
state = "{self.state}/run/containerd"
[grpc]
  address = "{self.socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{self.state}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{sandbox_image}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "{self.plugins}"
"""

    def _network(self) -> dict[str, object]:
        """Pods get a route to Services and no other: they cannot leave the node."""
        addresses = {
            "type": "host-local",
            "dataDir": str(self.state / "run" / "ipam"),
            "ranges": [[{"subnet": network.PODS}]],
            "routes": [{"dst": network.SERVICES}],
        }
        bridge = {
            "type": "bridge",
            "bridge": network.BRIDGE,
            "isGateway": True,
            "hairpinMode": True,
            "ipam": addresses,
        }
        ports = {"type": "portmap", "capabilities": {"portMappings": True}}
        return {"cniVersion": "0.4.0", "name": "modelmonitor", "plugins": [bridge, ports]}
