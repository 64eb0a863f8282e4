"""The YAML by which a page lets Prometheus see how busy pods are: it works as it is written there.

The API server and prometheus-operator are real, and so is the Prometheus that is run with what comes of it.
The kubelet is a page with a certificate of its own, which answers those who show the right token.
"""

import base64
import gzip
import http.server
import json
import re
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

import tools
from apiserver.replica import free_port
from cluster.processes import DIE_WITH_PARENT
from routing.stand import HOME, Stand

pytestmark = [pytest.mark.apiserver, pytest.mark.promtool]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/dashboards.md").read_text()
OBJECTS = [
    document
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for document in yaml.safe_load_all(block)
    if "kind" in document
]
STACK = ROOT / "hack/demo/stack/prometheus.yaml"
CORE, RBAC = "/api/v1", "/apis/rbac.authorization.k8s.io/v1"
MONITORING = "/apis/monitoring.coreos.com"
PATHS = {
    "ScrapeConfig": f"{MONITORING}/v1alpha1/namespaces/{HOME}/scrapeconfigs",
    "Secret": f"{CORE}/namespaces/{HOME}/secrets",
    "ClusterRole": f"{RBAC}/clusterroles",
    "ClusterRoleBinding": f"{RBAC}/clusterrolebindings",
}
ACCOUNT, NAME, JOB = "prometheus", "small", f"scrapeConfig/{HOME}/cadvisor"
MEASURED = (
    'container_memory_working_set_bytes{container="churn",namespace="ml",pod="churn-1"} 42\n'
    'container_network_receive_bytes_total{namespace="ml",pod="churn-1"} 7\n'
)


def eventually(look: Any, seconds: float = 60.0) -> Any:
    """Look until there is something."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, "nothing came"
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def token(stand: Stand) -> str:
    """Apply the page's objects beside a small Prometheus; give the token of its ServiceAccount."""
    stand.rest.send("POST", f"{CORE}/namespaces/{HOME}/serviceaccounts", {"metadata": {"name": ACCOUNT}})
    asked = {"serviceAccountName": ACCOUNT, "scrapeConfigSelector": {}, "scrapeInterval": "1s"}
    small = {"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus",
             "metadata": {"name": NAME}, "spec": asked}  # fmt: skip
    stand.rest.apply(f"{MONITORING}/v1/namespaces/{HOME}/prometheuses", small)
    for one in OBJECTS:
        stand.rest.apply(PATHS[one["kind"]], one)

    def written() -> str:
        secret = stand.rest.send("GET", f"{PATHS['Secret']}/prometheus-token").body
        return base64.b64decode(secret.get("data", {}).get("token", "")).decode()

    return str(eventually(written))


@pytest.fixture(scope="module")
def configuration(stand: Stand, token: str) -> Any:
    """Give what prometheus-operator makes of it."""

    def generated() -> Any:
        data = stand.rest.send("GET", f"{PATHS['Secret']}/prometheus-{NAME}").body.get("data", {})
        found = yaml.safe_load(gzip.decompress(base64.b64decode(data.get("prometheus.yaml.gz", ""))) or "{}")
        return found if [it["job_name"] for it in found.get("scrape_configs") or ()] == [JOB] else None

    return eventually(generated)


@contextmanager
def kubelet(stand: Stand, token: str) -> Iterator[int]:
    """Answer as a kubelet does, whose certificate nobody knows; give the port."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown = self.headers["Authorization"] == f"Bearer {token}"
            self.send_response(200 if shown and self.path == "/metrics/cadvisor" else 401)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(MEASURED.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*stand.plane.credentials.server("kubelet", "DNS:another"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def node(stand: Stand, port: int) -> None:
    """Make a node whose kubelet listens at a port of this machine."""
    stand.rest.send("POST", f"{CORE}/nodes", {"metadata": {"name": "worker"}})
    status = {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
              "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}  # fmt: skip
    patched = stand.rest.send(
        "PATCH", f"{CORE}/nodes/worker/status", {"status": status}, kind="merge-patch+json"
    )
    assert patched.accepted, patched.message


@contextmanager
def prometheus(folder: Path, configuration: Any) -> Iterator[str]:
    """Run Prometheus with a configuration; give its address."""
    (folder / "prometheus.json").write_text(json.dumps(configuration))
    port = free_port()
    command = [*DIE_WITH_PARENT, tools.binary("prometheus"), f"--config.file={folder}/prometheus.json",
               f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_a_prometheus_finds_the_kubelets_and_takes_what_is_asked_for_and_nothing_else(
    stand: Stand, token: str, configuration: Any, tmp_path: Path
) -> None:
    """Its own token finds the nodes: outside of a pod it has to be told where the API server is."""
    (job,) = configuration["scrape_configs"]
    (discovery,) = job["kubernetes_sd_configs"]
    known = stand.plane.credentials.kubeconfig(tmp_path / "kubeconfig", stand.plane.url, {"token": token})
    discovery["kubeconfig_file"] = str(known)

    with kubelet(stand, token) as port, prometheus(tmp_path, configuration) as address:
        node(stand, port)

        def series() -> list[Any]:
            query = f"{address}/api/v1/query?query=%7B__name__%3D~%22container_.%2B%22%7D"
            with suppress(OSError), urllib.request.urlopen(query, timeout=5) as answer:
                return list(json.loads(answer.read())["data"]["result"])
            return []

        (found,) = eventually(series)
    assert found["value"][1] == "42"
    about = {"container": "churn", "namespace": "ml", "pod": "churn-1"}
    assert about.items() <= found["metric"].items()
    assert found["metric"]["__name__"] == "container_memory_working_set_bytes"


@pytest.mark.parametrize(("verb", "allowed"), [("get", True), ("create", False)])
def test_its_account_may_read_what_kubelets_measure_and_no_more(
    stand: Stand, token: str, verb: str, allowed: bool
) -> None:
    asked = {"user": f"system:serviceaccount:{HOME}:{ACCOUNT}",
             "resourceAttributes": {"verb": verb, "resource": "nodes", "subresource": "metrics"}}  # fmt: skip
    review = stand.rest.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {"spec": asked})
    assert review.body["status"]["allowed"] is allowed


def test_the_demo_does_it_the_same_way() -> None:
    in_the_demo = {it["kind"]: it for it in yaml.safe_load_all(STACK.read_text())}
    for kind in ("ScrapeConfig", "Secret"):
        (shown,) = (it for it in OBJECTS if it["kind"] == kind)
        in_the_demo[kind].get("spec", {}).pop("scrapeInterval", None)
        assert in_the_demo[kind] == shown
