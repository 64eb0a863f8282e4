"""Put the stage up: cluster, images, Prometheus stack, our operator by Helm, a model server under load."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cache
import progress
import tools
from cluster import local
from demo.session import Session, StoryError, until
from images import build, buildah, content, debian

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SYSTEM = "modelmonitor-system"
IMAGES = (
    "operator",
    "evaluator",
    "model-server",
    "redis",
    "prometheus",
    "alertmanager",
    "prometheus-operator",
    "prometheus-config-reloader",
)
WORKLOADS = (
    (SYSTEM, "deployment/modelmonitor"),
    ("monitoring", "deployment/prometheus-operator"),
    ("monitoring", "deployment/receivers"),
    ("monitoring", "statefulset/alertmanager-demo"),
    ("monitoring", "statefulset/prometheus-demo"),
    ("demo", "deployment/redis"),
    ("demo", "deployment/flights"),
    ("demo", "deployment/airport"),
)
NAMESPACES = ("demo", "monitoring", SYSTEM)
OURS = {"app.kubernetes.io/part-of": "modelmonitor-demo"}
"""On the demo's namespaces, from the start, so that a demo that broke off may be run again."""


@dataclass(frozen=True)
class Stage:
    """A cluster on which the story can be told."""

    session: Session
    images: Mapping[str, content.Image]
    registry: str = ""
    """Where images are pushed for an existing cluster; empty: they are loaded into the local node."""
    helm_arguments: tuple[str, ...] = ()

    def located(self, text: str) -> str:
        """Return a reference or manifests with the images named where the cluster finds them.

        In a registry the tag is made from the content: a node keeps what it once pulled under a name.
        """
        if self.registry:
            for made in self.images.values():
                text = text.replace(made.reference, f"{self.registry}/{made.name}:{made.key[:12]}")
        return text


def local_stage() -> Stage:
    """Start the local node, or take the one that runs."""
    images = build_all()
    _node("up")
    kubeconfig = str(local.state() / "kubeconfig")
    session = Session([tools.binary("kubectl"), "--kubeconfig", kubeconfig])
    load(images.values())
    return Stage(session, images, helm_arguments=("--kubeconfig", kubeconfig))


def load(images: Iterable[content.Image]) -> None:
    """Import the images that the node does not have yet."""
    known = local.state() / "loaded-images"
    loaded = set(known.read_text().splitlines()) if known.exists() else set()
    wanted = [image.archive for image in images if str(image.archive) not in loaded]
    if wanted:
        progress.say(f"loading {len(wanted)} images into the node (up to a minute)")
        _node("load", *wanted)
        known.write_text("\n".join(loaded | set(map(str, wanted))))


def _node(*arguments: str | Path) -> None:
    """Ask something of the local node, which tells on stderr what it does and what hinders it."""
    command = [sys.executable, str(ROOT / "hack/cluster/local.py"), *map(str, arguments)]
    if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
        raise StoryError(f"the local node: expected {arguments[0]} to succeed, it did not; see above")


def existing_stage(context: str, registry: str) -> Stage:
    """Use a cluster that somebody named, and push the images where it can pull them."""
    session = Session([tools.binary("kubectl"), "--context", context])
    refuse_strangers(session)
    debian.require("buildah")
    images = build_all()
    stage = Stage(session, images, registry.rstrip("/"), ("--kube-context", context))
    with cache.lock("images"):
        for made in images.values():
            buildah.push(made.archive, made.reference, stage.located(made.reference))
    return stage


def build_all() -> dict[str, content.Image]:
    """Build what is absent, and say so: the first time is slow."""
    for tool in ("kubectl", "helm", "coredns"):
        tools.binary(tool)
    return {name: build.image(name) for name in IMAGES}


def refuse_strangers(session: Session) -> None:
    """Refuse a cluster in which the demo would take something of somebody else's for its own."""
    for namespace in (one["metadata"] for one in session.items("namespaces", "")):
        if namespace["name"] in NAMESPACES and not OURS.items() <= namespace.get("labels", {}).items():
            raise StoryError(
                f"namespace {namespace['name']}: expected none, or the demo's own, got somebody else's; "
                "choose another cluster: the demo breaks things on purpose"
            )
    if not session.run("get", "crd", "prometheuses.monitoring.coreos.com", check=False):
        return
    for one in session.items("prometheuses.monitoring.coreos.com", "", "", "--all-namespaces"):
        if one["metadata"]["namespace"] not in NAMESPACES:
            raise StoryError(
                f"Prometheus {one['metadata']['namespace']}/{one['metadata']['name']}: expected none but the "
                "demo's, got another; choose another cluster: two prometheus-operators would fight over it"
            )


def install(stage: Stage) -> None:
    """Install everything that the story needs and that is not there yet."""
    session = stage.session
    definitions(session)
    for namespace in NAMESPACES:
        about = {"name": namespace, "labels": OURS}
        session.apply(json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": about}))
    for part in ("stack", "model", "monitor"):
        manifests = session.run("kustomize", HERE / part)
        session.apply(stage.located(manifests))
    operator(stage)


def definitions(session: Session) -> None:
    """Create the CRDs of prometheus-operator that the cluster lacks."""
    for file in sorted(tools.crds().glob("*.yaml")):
        made = session.run("create", "-f", file, check=False)
        if not made and not session.run("get", "-f", file, check=False):
            raise StoryError(f"{file.name}: expected a CRD that can be created, got none in the cluster")


def operator(stage: Stage, values: Mapping[str, str] | None = None) -> None:
    """Install or upgrade our two charts."""
    settings = {"prometheusUrl": "http://prometheus.monitoring:9090", "resyncSeconds": "10", **(values or {})}
    chosen = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    for image, value in (("operator", "image"), ("evaluator", "evaluator.image")):
        repository, _, tag = stage.located(stage.images[image].reference).rpartition(":")
        chosen += ["--set", f"{value}.repository={repository}"]
        chosen += ["--set-string", f"{value}.tag={tag}"]  # one of digits alone must not become a number
    install = ("upgrade", "--install", "--create-namespace")
    # Tests of the local node apply the same definitions without Helm.
    taken = () if stage.registry else ("--take-ownership", "--force-conflicts")
    helm(stage, *install, *taken, "modelmonitor-crds", ROOT / "charts/modelmonitor-crds")
    helm(stage, *install, "modelmonitor", ROOT / "charts/modelmonitor", *chosen)


def helm(stage: Stage, *arguments: str | Path) -> str:
    """Run helm in the operator's namespace."""
    command = [tools.binary("helm"), *arguments, "-n", SYSTEM, *stage.helm_arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StoryError(f"helm {arguments[0]} {arguments[-1]}: expected success, got: {done.stderr.strip()}")
    return done.stdout


def await_ready(stage: Stage) -> None:
    """Wait until every workload of the stage runs, Prometheus answers and the airport asks the model."""
    await_workloads(stage.session)
    until("Prometheus answers", 180, lambda: scraped(stage.session, "vector(1)"))
    asked = ("logs", "-n", "demo", "deployment/airport", "--tail=1")
    until("the airport asks the model", 60, lambda: " requests" in stage.session.run(*asked))


def await_workloads(session: Session) -> None:
    """Wait until every workload of the stage has its pods."""
    for namespace, workload in WORKLOADS:
        session.run("rollout", "status", workload, "-n", namespace, "--timeout=180s")


def scraped(session: Session, query: str) -> bool:
    """Tell whether Prometheus has an answer to a query."""
    answer = session.prometheus("query", query=query)
    return bool(answer and answer["result"])
