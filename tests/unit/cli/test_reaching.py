"""How what pods alone can reach is found and addressed from outside."""

import ssl
from typing import Any

import pytest

from modelmonitor.cli.reaching import clusters, finding
from modelmonitor.cli.reaching.address import Service
from modelmonitor.cli.reaching.clusters import Reached
from modelmonitor.cluster.connection import Connection
from modelmonitor.errors import Forbidden, KindMissing, Unreachable

TLS = ssl.create_default_context()
REACHED = Reached(Connection("https://api:6443", TLS, lambda: "me", "default"), "ml")
PROXY = "https://api:6443/api/v1/namespaces/monitoring/services"


@pytest.mark.parametrize(
    ("url", "short", "path"),
    [
        ("http://prometheus-operated.monitoring:9090", True, "/prometheus-operated:9090/proxy"),
        ("http://thanos.monitoring.svc/query/", False, "/thanos:80/proxy/query"),
        (
            "https://mimir.monitoring.svc.cluster.local:8443/prometheus",
            False,
            "/https:mimir:8443/proxy/prometheus",
        ),
    ],
)
def test_the_address_of_a_service_goes_through_the_api_server(url: str, short: bool, path: str) -> None:
    service = Service.of_url(url, short=short)
    assert service is not None
    address = service.address(REACHED.connection)
    assert address.url == PROXY + path
    assert address.tls is TLS
    assert address.headers() == {"Authorization": "Bearer me"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9090",
        "http://localhost:9090",
        "http://prometheus.example.com",
        "http://prometheus:9090",
    ],
)
def test_other_addresses_are_asked_directly(url: str) -> None:
    assert Service.of_url(url, short=True) is None
    assert finding.address(url, "", REACHED).url == url


def test_what_looks_like_a_host_on_the_command_line_is_one() -> None:
    assert finding.address("http://prometheus.io", "", REACHED).url == "http://prometheus.io"
    through = finding.address("", "http://prometheus.monitoring:9090", REACHED)
    assert through.through == "Service monitoring/prometheus:9090 through the API server"


def test_errors_are_told_to_people_as_theirs() -> None:
    said = "expected permission to list modelmonitors.modelmonitor.dev in namespace ml, got 403"
    refused = Forbidden(said, "grant it to the operator's ServiceAccount", "mia")
    assert clusters.told(refused) == f"{said} for mia; ask for it, or give another --context or --namespace"
    assert clusters.told(Forbidden(said, "", "system:anonymous")).endswith(
        "; log in, or give another --context"
    )
    assert "modelmonitor crd | kubectl apply" in clusters.told(KindMissing("install its CRD"))
    assert clusters.told(Unreachable("nobody answers")) == "nobody answers"


def test_without_a_cluster_an_address_has_to_be_given() -> None:
    assert finding.address("", "http://a.b:9090", None).url == "http://a.b:9090"
    with pytest.raises(finding.Nowhere, match="give its address with --prometheus"):
        finding.address("", "", None)


class Cluster:
    """Deployments that an operator may be among, or a refusal to show any."""

    def __init__(self, *containers: dict[str, Any] | None) -> None:
        self.found = containers

    async def pages(self, _: Any) -> Any:
        if None in self.found:
            raise Forbidden("list deployments")
        items = [{"spec": {"template": {"spec": {"containers": [one]}}}} for one in self.found]
        yield items, "1"


@pytest.mark.parametrize(
    ("container", "url"),
    [
        ({"args": ["operator", "--prometheus-url=http://a.b:9090"]}, "http://a.b:9090"),
        ({"command": ["modelmonitor", "operator", "--prometheus-url", "http://a.b"]}, "http://a.b"),
        ({"env": [{"name": "MODELMONITOR_OPERATOR_PROMETHEUS_URL", "value": "http://c.d"}]}, "http://c.d"),
        ({"args": ["operator"]}, ""),
        (None, ""),
    ],
)
async def test_the_operator_s_own_address_is_seen_in_its_deployment(
    container: dict[str, Any] | None, url: str
) -> None:
    assert await finding.operators_url(Cluster(container)) == url  # type: ignore[arg-type]
