"""The Go programs that the project builds for itself: which, of what version, how."""

import re
from dataclasses import dataclass
from pathlib import Path

HACK = Path(__file__).parent
KUBERNETES_SD_ONLY = "remove_all_sd,enable_kubernetes_sd"  # static and file discovery are always in


@dataclass(frozen=True)
class Tool:
    """A Go program: built from `package` in the Go module in `folder`, whose go.mod pins `source`."""

    name: str
    folder: str
    source: str
    minutes: float
    """How long a build from nothing takes on two cores."""
    package: str = "."
    version_variables: tuple[str, ...] = ()
    """What the linker sets: `path.name=value` with {version}, {major} and {minor}."""
    tags: str = ""
    programs: tuple[str, ...] = ()
    """The other names by which it can be called."""

    @property
    def module(self) -> Path:
        """The folder of the Go module."""
        return HACK / self.folder

    @property
    def version(self) -> str:
        """The version of the program without the v; Prometheus 3.15.0 is v0.315.0 as a module."""
        if not self.source:
            return "1"
        pattern = rf"^(?:require|)\s*{re.escape(self.source)} v(\S+)"
        (pinned, *_) = re.findall(pattern, (self.module / "go.mod").read_text(), re.MULTILINE)
        if self.source == "github.com/prometheus/prometheus":
            return re.sub(r"^0\.3(\d\d)\.", lambda it: f"3.{int(it[1])}.", pinned)
        return str(pinned)

    @property
    def flags(self) -> tuple[str, ...]:
        """The arguments of `go build` that decide what comes out."""
        major, minor = [*self.version.split("."), "0"][:2]
        values = [it.format(version=self.version, major=major, minor=minor) for it in self.version_variables]
        linker = " ".join(["-s", "-w", *(f"-X {it}" for it in values)])
        return ("-trimpath", *(("-tags", self.tags) if self.tags else ()), "-ldflags", linker, self.package)


def _prometheus(name: str, minutes: float) -> Tool:
    source = "github.com/prometheus/prometheus"
    return Tool(
        name,
        "tools/prometheus",
        source,
        minutes,
        f"{source}/cmd/{name}",
        ("github.com/prometheus/common/version.Version={version}",),
        KUBERNETES_SD_ONLY,
    )


def _alertmanager(name: str, minutes: float) -> Tool:
    source = "github.com/prometheus/alertmanager"
    return Tool(
        name,
        "tools/alertmanager",
        source,
        minutes,
        f"{source}/cmd/{name}",
        ("github.com/prometheus/common/version.Version={version}",),
    )


def _operator(name: str, command: str, minutes: float) -> Tool:
    source = "github.com/prometheus-operator/prometheus-operator"
    return Tool(
        name,
        "tools/prometheus-operator",
        source,
        minutes,
        f"{source}/cmd/{command}",
        ("github.com/prometheus/common/version.Version={version}",),
    )


_KUBE_VERSION = "k8s.io/component-base/version"

TOOLS = {
    tool.name: tool
    for tool in (
        _prometheus("promtool", 3),
        _prometheus("prometheus", 3),
        _alertmanager("alertmanager", 1),
        _alertmanager("amtool", 1),
        Tool(
            "kube",
            "cluster/kube",
            "k8s.io/kubernetes",
            6,
            version_variables=(
                f"{_KUBE_VERSION}.gitVersion=v{{version}}",
                f"{_KUBE_VERSION}.gitMajor={{major}}",
                f"{_KUBE_VERSION}.gitMinor={{minor}}",
                "k8s.io/client-go/pkg/version.gitVersion=v{version}",
            ),
            programs=(
                "etcd",
                "kube-apiserver",
                "kube-controller-manager",
                "kube-scheduler",
                "kube-proxy",
                "kubelet",
                "kubectl",
                "remove-sandboxes",
            ),
        ),
        Tool("coredns", "tools/coredns", "github.com/coredns/coredns", 1),
        _operator("prometheus-operator", "operator", 2),
        _operator("prometheus-config-reloader", "prometheus-config-reloader", 2),
        Tool(
            "helm",
            "tools/helm",
            "helm.sh/helm/v4",
            2,
            "helm.sh/helm/v4/cmd/helm",
            ("helm.sh/helm/v4/internal/version.version=v{version}",),
        ),
        Tool(
            "metrics-server",
            "tools/metrics-server",
            "sigs.k8s.io/metrics-server",
            2,
            "sigs.k8s.io/metrics-server/cmd/metrics-server",
            ("sigs.k8s.io/metrics-server/pkg/version.gitVersion=v{version}",),
        ),
        Tool("gitops", "tools/gitops", "github.com/argoproj/argo-cd/v3", 3),
        Tool("pause", "tools/pause", "", 0.1),
        Tool(
            "sloth",
            "peers/sloth",
            "github.com/slok/sloth",
            3,
            "github.com/slok/sloth/cmd/sloth",
            ("github.com/slok/sloth/internal/info.Version=v{version}",),
        ),
    )
}

PROGRAMS = {program: tool for tool in TOOLS.values() for program in (tool.name, *tool.programs)}
