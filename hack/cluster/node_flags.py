"""The configuration of the programs that make a control plane a node."""

import json
from pathlib import Path
from typing import Any

from cluster import network
from cluster.machine import GROUP

NAME = "modelmonitor"
FRONT_PROXY = "front-proxy-client"
"""As whom the API server asks the APIs that pods serve."""


def apiserver(kubelet: tuple[Path, Path], front: tuple[Path, Path], authority: Path) -> tuple[str, ...]:
    """Give kube-apiserver's further arguments: how it reaches the kubelet, and APIs that pods serve.

    Both are certificates with their keys; `authority` has signed that of the front proxy, which names whoever
    asks in headers.
    """
    return (
        "--kubelet-preferred-address-types", "InternalIP",
        "--kubelet-client-certificate", str(kubelet[0]), "--kubelet-client-key", str(kubelet[1]),
        "--proxy-client-cert-file", str(front[0]), "--proxy-client-key-file", str(front[1]),
        "--requestheader-client-ca-file", str(authority), "--requestheader-allowed-names", FRONT_PROXY,
        "--requestheader-username-headers", "X-Remote-User",
        "--requestheader-group-headers", "X-Remote-Group",
        "--requestheader-extra-headers-prefix", "X-Remote-Extra-",
    )  # fmt: skip


def scheduler(kubeconfig: Path) -> list[str | Path]:
    """Give kube-scheduler's arguments."""
    return [
        "--kubeconfig",
        kubeconfig,
        "--leader-elect=false",
        "--bind-address",
        "127.0.0.1",
        "--secure-port",
        "0",
    ]


def kubelet(state: Path, kubeconfig: Path, config: Path, containerd: Path) -> list[str | Path]:
    """Give kubelet's arguments; at its socket cAdvisor asks containerd whose containers it measures."""
    root = state / "kubelet"
    return [
        "--config", config, "--kubeconfig", kubeconfig, "--root-dir", root, "--cert-dir", root / "pki",
        "--hostname-override", NAME, "--node-ip", network.NODE, "--containerd", containerd,
    ]  # fmt: skip


def kubelet_config(state: Path, endpoint: str, authority: Path) -> dict[str, Any]:
    """Give kubelet's configuration: nothing is collected or evicted before the disk is really full."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "failCgroupV1": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{GROUP}",
        "failSwapOn": False,
        "syncFrequency": "10s",  # a changed ConfigMap reaches its pod in seconds instead of a minute
        "containerRuntimeEndpoint": endpoint,
        "address": network.NODE,
        "healthzPort": 0,
        "readOnlyPort": 0,
        "makeIPTablesUtilChains": False,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(authority)},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDomain": "cluster.local",
        "clusterDNS": [network.NODE],
        "resolvConf": "",
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
            "nodefs.inodesFree": "1%",
        },
        "podLogsDir": str(state / "pods"),
        "volumePluginDir": str(state / "volume-plugins"),
    }


def proxy_config(kubeconfig: Path) -> dict[str, Any]:
    """Give kube-proxy's configuration: Services answer within a tenth of a second."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "mode": "nftables",
        "clusterCIDR": network.PODS,
        "bindAddress": network.NODE,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "conntrack": {"maxPerCore": 0, "min": 0},
        "nftables": {"minSyncPeriod": "100ms"},
        "nodePortAddresses": [f"{network.NODE}/32"],
    }


def corefile(kubeconfig: Path) -> str:
    """Give CoreDNS' configuration: the cluster's names, and no others."""
    return f"""cluster.local:53 {{
  bind {network.NODE}
  errors
  ready 127.0.0.1:8181
  kubernetes cluster.local {{
    kubeconfig {kubeconfig}
  }}
}}
"""


def written(path: Path, content: dict[str, Any]) -> Path:
    """Write a configuration as JSON, which is YAML; give its path.

    A file that is right already is not touched, for kube-proxy ends when its own is written.
    """
    text = json.dumps(content, indent=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return path
