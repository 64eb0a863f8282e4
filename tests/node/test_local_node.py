"""The local node does what the end-to-end tests take for granted."""

import os
import time
from collections.abc import Callable

import pytest

from cluster import machine
from node.namespaces import Namespace, RefusedError, deployment, service

pytestmark = pytest.mark.cluster

SERVE = (
    "import http.server; http.server.test(http.server.SimpleHTTPRequestHandler, port=8000, bind='0.0.0.0')"
)
ASK_API_SERVER = """
import ssl, urllib.request
folder = '/var/run/secrets/kubernetes.io/serviceaccount/'
headers = {'Authorization': 'Bearer ' + open(folder + 'token').read()}
request = urllib.request.Request('https://kubernetes.default.svc.cluster.local/version', headers=headers)
print(urllib.request.urlopen(request, context=ssl.create_default_context(cafile=folder + 'ca.crt')).status)
"""
LEAVE = """
import socket
try:
    print(socket.create_connection(('203.0.113.1', 80), timeout=3))
except OSError as error:
    print(error.strerror)
"""


def eventually(attempt: Callable[[], str], wanted: str, seconds: float = 20.0) -> str:
    """Repeat the attempt until it gives what is wanted; give what it gave last, a failure as its message."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            got = attempt()
        except RefusedError as failure:
            got = str(failure)
        if got == wanted or time.monotonic() > deadline:
            return got
        time.sleep(0.2)


@pytest.fixture(scope="module")
def servers(namespace: Namespace) -> Namespace:
    namespace.apply(deployment(namespace.python, "server", SERVE, replicas=2), service("server", 80, 8000))
    namespace.kubectl("rollout", "status", "deployment/server", "--timeout=60s")
    return namespace


def test_a_deployment_of_two_pods_becomes_available(servers: Namespace) -> None:
    available = "jsonpath={.status.availableReplicas}"
    assert servers.kubectl("get", "deployment", "server", "-o", available) == "2"


def test_a_pod_reaches_a_service_by_its_name(servers: Namespace) -> None:
    url = f"http://server.{servers.name}.svc.cluster.local"
    program = f"import urllib.request; print(urllib.request.urlopen('{url}', timeout=3).status)"
    assert eventually(lambda: servers.run("deployment/server", program), "200") == "200"


def test_a_short_service_name_resolves_in_its_namespace(servers: Namespace) -> None:
    address = servers.kubectl("get", "service", "server", "-o", "jsonpath={.spec.clusterIP}")
    program = "import socket; print(socket.gethostbyname('server'))"
    assert eventually(lambda: servers.run("deployment/server", program), address) == address


def test_a_service_account_reaches_the_api_server(servers: Namespace) -> None:
    assert eventually(lambda: servers.run("deployment/server", ASK_API_SERVER), "200") == "200"


def test_a_pod_cannot_leave_the_machine(servers: Namespace) -> None:
    assert servers.run("deployment/server", LEAVE) == "Network is unreachable"


def test_what_a_pod_prints_is_read_by_kubectl_logs(servers: Namespace) -> None:
    assert (
        eventually(lambda: servers.kubectl("logs", "deployment/server")[:12], "Serving HTTP")
        == "Serving HTTP"
    )


def test_all_pods_weigh_as_much_as_the_machine_has_processors(servers: Namespace) -> None:
    ordinary = {"cpu.shares": 1024, "cpu.weight": 100}
    found = {it: file for it in ordinary for file in machine.CGROUPS.glob(f"**/{machine.GROUP}/{it}")}
    assert found
    for name, file in found.items():
        assert int(file.read_text()) == ordinary[name] * (os.cpu_count() or 1)
