"""The evaluator's image beside a model, as a native sidecar of a pod that somebody wrote by hand."""

import pytest

from node.namespaces import Namespace, load

pytestmark = pytest.mark.cluster

MODEL = (
    "import http.server; http.server.test(http.server.SimpleHTTPRequestHandler, port=8080, bind='127.0.0.1')"
)
FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())"
MEMORY = "print(next(line.split()[1] for line in open('/proc/1/status') if line.startswith('VmRSS')))"


def pod(evaluator: str, python: str) -> dict[str, object]:
    probe = {"httpGet": {"path": "/readyz", "port": 9464}, "periodSeconds": 1}
    sidecar = {
        "name": "modelmonitor-evaluator",
        "image": evaluator,
        "imagePullPolicy": "Never",
        "args": ["evaluator", "--upstream=localhost:8080"],
        "restartPolicy": "Always",
        "readinessProbe": probe,
        "resources": {"limits": {"memory": "128Mi"}},
        "securityContext": {"readOnlyRootFilesystem": True, "runAsNonRoot": True, "runAsUser": 65532},
    }
    model = {
        "name": "model",
        "image": python,
        "imagePullPolicy": "Never",
        "command": ["python3", "-c", MODEL],
    }
    spec = {"initContainers": [sidecar], "containers": [model], "terminationGracePeriodSeconds": 10}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "churn"}, "spec": spec}


@pytest.fixture(scope="module")
def churn(namespace: Namespace) -> Namespace:
    image = load("evaluator")
    namespace.apply(pod(image, namespace.python))
    namespace.kubectl("wait", "pod/churn", "--for=condition=Ready", "--timeout=60s")
    return namespace


def fetch(churn: Namespace, url: str) -> str:
    return churn.kubectl("exec", "churn", "-c", "model", "--", "python3", "-c", FETCH, url)


def test_the_model_answers_through_the_evaluator_which_counts(churn: Namespace) -> None:
    assert "Directory listing" in fetch(churn, "http://127.0.0.1:9465/")
    scrape = fetch(churn, "http://127.0.0.1:9464/metrics")
    assert 'modelmonitor_requests_total{monitor="",version="",code="2xx",outcome="ok"} 1\n' in scrape
    assert 'state="unconfigured"' in scrape


def test_it_is_small_and_runs_as_nobody_on_a_root_that_is_read_only(churn: Namespace) -> None:
    exec_ = ("exec", "churn", "-c", "modelmonitor-evaluator", "--", "python", "-c")
    assert int(churn.kubectl(*exec_, MEMORY)) <= 64 << 10
    assert churn.kubectl(*exec_, "import os; print(os.getuid())").strip() == "65532"
    with pytest.raises(Exception, match="Read-only file system"):
        churn.kubectl(*exec_, "open('/tmp/x', 'w')")


def test_the_pod_ends_in_order(churn: Namespace) -> None:
    churn.kubectl("delete", "pod", "churn", "--timeout=30s")
