"""What stands against an evaluator in pods: each obstacle has its reason, and says what to change."""

from dataclasses import replace
from typing import Any

import pytest

import pods
from modelmonitor.errors import NotInjectable
from modelmonitor.plan import injection
from modelmonitor.plan.injection import scrape_warning
from modelmonitor.wire.config import Mode
from pods import PROXY, SERVERS, Json

SDK = replace(PROXY, mode=Mode.SDK, port="")


def spec(**more: Any) -> Json:
    return pods.spec("bare") | more


def container(name: str, *ports: Json) -> Json:
    return {"name": name, "image": name, "ports": list(ports)}


HTTP = {"name": "http", "containerPort": 8080}
CASES: dict[str, tuple[str, Json, str]] = {
    "host network": ("HostNetwork", spec(hostNetwork=True), "remove it, or leave spec.capture out"),
    "windows": ("WindowsPod", spec(os={"name": "windows"}), "expected Linux, got Windows"),
    "windows node": (
        "WindowsPod",
        spec(nodeSelector={"kubernetes.io/os": "windows"}),
        "expected Linux, got Windows",
    ),
    "no port": ("PortMissing", spec(containers=[container("model")]), "got http, and they have none"),
    "another name": (
        "PortMissing",
        spec(containers=[container("model", {"name": "web", "containerPort": 80}, {"containerPort": 81})]),
        "they have web (80), unnamed (81)",
    ),
    "another protocol": (
        "PortMissing",
        spec(containers=[container("model", {**HTTP, "protocol": "UDP"})]),
        "expected the name of a TCP port",
    ),
    "an init container that ends": (
        "PortMissing",
        spec(containers=[container("model")], initContainers=[container("setup", HTTP)]),
        "they have none",
    ),
    "two containers": (
        "PortAmbiguous",
        spec(containers=[container("model", HTTP), container("agent", {**HTTP, "containerPort": 81})]),
        "got http in model, agent",
    ),
    "the evaluator's port": (
        "PortTaken",
        spec(containers=[container("model", HTTP), container("agent", {"containerPort": 9464})]),
        "got 9464 in container agent",
    ),
    "the tee's port": (
        "PortTaken",
        spec(containers=[container("model", {**HTTP, "containerPort": 9465})]),
        "got http (9465) in container model",
    ),
    "another way from the node": (
        "PortAliased",
        spec(containers=[container("model", HTTP, {"name": "node", "containerPort": 8080, "hostPort": 80})]),
        "expected hostPort 80 at port http, which moves to the evaluator, got it at node of container model",
    ),
    "the name of the evaluator's port": (
        "PortTaken",
        spec(containers=[container("model", HTTP, {"name": "mm-http", "containerPort": 81})]),
        "got mm-http (81) in container model",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_obstacle_is_seen_in_the_template_and_in_the_pod(case: str) -> None:
    reason, of, text = CASES[case]
    found = injection.obstacle(pods.template(of), PROXY)
    assert found is not None
    assert (found.reason, text in str(found)) == (reason, True), str(found)
    with pytest.raises(NotInjectable) as raised:
        injection.inject(pods.pod(of), PROXY, "1")
    assert (raised.value.reason, str(raised.value)) == (found.reason, str(found))


@pytest.mark.parametrize("server", SERVERS)
def test_nothing_stands_against_the_pods_of_a_model_server(server: str) -> None:
    assert injection.obstacle(pods.template(server), PROXY) is None
    assert injection.obstacle(pods.template(server), SDK) is None


def test_where_no_port_moves_none_is_asked_for() -> None:
    without = spec(containers=[container("model", {"containerPort": 9465})])
    assert injection.obstacle(pods.template(without), SDK) is None


def test_what_stops_injection_is_told_in_its_own_words() -> None:
    stopped = replace(PROXY, stopped="pod churn-1: ErrImagePull")
    found = injection.obstacle(pods.template(), stopped)
    assert found is not None
    assert (found.reason, str(found)) == ("InjectionStopped", "pod churn-1: ErrImagePull")
    with pytest.raises(NotInjectable):
        injection.inject(pods.pod(), stopped, "1")


def service(target: int | str | None, name: str = "churn", **more: Any) -> Json:
    port = {"port": 80} | ({} if target is None else {"targetPort": target})
    return {"metadata": {"name": name}, "spec": {"selector": {"app": "churn"}, "ports": [port]} | more}


POD_NAME = "statefulset.kubernetes.io/pod-name"


def workload(of: Json | str = "bare") -> Json:
    return {"metadata": {"name": "churn"}, "spec": {"template": pods.template(of)}}


@pytest.mark.parametrize(
    ("services", "who"),
    [
        ([service("http")], None),
        ([], None),
        ([service(8080)], "churn"),
        ([service(8081)], None),
        ([service(None, ports=[{"port": 8080}])], "churn"),
        ([service(8080, ports=[{"port": 8080, "protocol": "UDP"}])], None),
        ([service(8080, selector={"app": "other"})], None),
        ([service(8080, selector=None)], None),
        ([service("http"), service(8080, "old")], "old"),
        ([service("http"), service(8080, "peers", clusterIP="None")], None),
        ([service(8080, "peers", clusterIP="None")], "peers"),
        ([service(8080, selector={"modelmonitor.dev/inject": "churn"})], "churn"),
        ([service(8080, "pod-0", selector={POD_NAME: "churn-0"})], "pod-0"),
        ([service(8080, "pod-0", selector={"app": "churn", POD_NAME: "churn-0"})], "pod-0"),
        ([service(8080, "pod-0", selector={POD_NAME: "churn-eu-0"})], None),
        ([service(8080, "pod-0", selector={"app": "churn", POD_NAME: "churn-eu-0"})], None),
        ([service(8080, "canary", selector={"app": "churn", "pod-template-hash": "5f"})], "canary"),
        ([service(8080, "canary", selector={"pod-template-hash": "5f"})], None),
    ],
)
def test_a_service_that_targets_the_number_would_pass_the_evaluator_by(
    services: list[Json], who: str | None
) -> None:
    found = injection.service_obstacle(services, workload(), PROXY)
    if who is None:
        assert found is None
    else:
        assert found is not None
        assert found.reason == "PortNumeric"
        assert str(found).startswith(f"Service {who}: expected `targetPort: http`, got 8080")
    assert injection.service_obstacle(services, workload(), SDK) is None


REST = {"name": "rest", "containerPort": 8080}
IN_ONE = spec(containers=[container("model", HTTP, REST, {"name": "admin", "containerPort": 8081})])
IN_TWO = spec(containers=[container("model", HTTP), container("docs", REST)])


@pytest.mark.parametrize("of", [IN_ONE, IN_TWO], ids=["in one container", "in two"])
@pytest.mark.parametrize(
    ("services", "said"),
    [
        ([service("http"), service("admin", "admin")], None),
        ([service("http"), service("rest", "peers", clusterIP="None")], None),
        ([service("http"), service("rest", "old")], "which stays with the model; write http there"),
        ([service("rest", "old")], "write http there, or rest into spec.capture.port"),
    ],
)
def test_a_service_that_targets_another_name_of_the_port_would_pass_the_evaluator_by(
    of: Json, services: list[Json], said: str | None
) -> None:
    found = injection.service_obstacle(services, workload(of), PROXY)
    if said is None:
        assert found is None
    else:
        assert found is not None
        assert found.reason == "PortAliased"
        assert str(found).startswith("Service old: expected `targetPort: http`, got rest, another name of")
        assert str(found).endswith(said)


def test_of_several_services_that_pass_it_by_each_is_named() -> None:
    services = [service(8080, "numbered"), service("rest", "aliased")]
    found = injection.service_obstacle(services, workload(IN_ONE), PROXY)
    assert found is not None
    assert found.reason == "PortNumeric"
    assert [line.partition(":")[0] for line in str(found).splitlines()] == [
        "Service numbered",
        "Service aliased",
    ]


def policy(*rules: Json, name: str = "only-http", **more: Any) -> Json:
    about = {"name": name, "namespace": "ml"}
    return {"metadata": about, "spec": {"podSelector": {}, "ingress": list(rules)} | more}


NUMBER, NAME, TEE = {"port": 8080}, {"port": "http"}, {"port": 9465, "protocol": "TCP"}
EVALUATORS = {"matchLabels": {"modelmonitor.dev/evaluator": "churn"}}
"""What the webhook adds to pods that get one."""
GATEWAY, ANYBODY = {"podSelector": {"matchLabels": {"app": "gateway"}}}, {"namespaceSelector": {}}


def blocked(*policies: Json, namespace: str = "ml") -> NotInjectable | None:
    return injection.obstacle(pods.template(), PROXY, policies, namespace)


@pytest.mark.parametrize(
    "policies",
    [
        [policy({"ports": [NUMBER]})],
        [policy({"ports": [{"port": 8000, "endPort": 8100}]})],
        [policy({"ports": [NUMBER], "from": [GATEWAY]})],
        [policy({"ports": [NUMBER], "from": [GATEWAY]}, {"ports": [TEE], "from": [ANYBODY]})],
        [policy({"ports": [NUMBER]}), policy({"ports": [NAME], "from": [GATEWAY]}, name="more")],
        [policy({"ports": [NUMBER]}, podSelector={"matchLabels": {"modelmonitor.dev/inject": "churn"}})],
        [policy({"ports": [NUMBER]}, podSelector=EVALUATORS)],
        [
            policy(
                {"ports": [NUMBER]},
                podSelector={"matchExpressions": [{"key": "app", "operator": "In", "values": ["churn"]}]},
            )
        ],
    ],
)
def test_a_policy_that_admits_callers_by_number_would_cut_them_off(policies: list[Json]) -> None:
    found = blocked(*policies)
    assert found is not None
    assert found.reason == "PolicyBlocks"
    assert str(found).startswith("NetworkPolicy only-http: expected a rule that admits port http by its name")
    assert "add `port: http` or `port: 9465`" in str(found)


@pytest.mark.parametrize(
    "policies",
    [
        [],
        [policy({})],
        [policy()],
        [policy({"ports": [NAME]})],
        [policy({"ports": [{"protocol": "TCP"}]})],
        [policy({"ports": [NUMBER, TEE]})],
        [policy({"ports": [{"port": 8000, "endPort": 10000}]})],
        [policy({"ports": [{"port": 9090}]})],
        [policy({"ports": [{"port": 8080, "protocol": "UDP"}]})],
        [policy({"ports": [NUMBER], "from": [GATEWAY]}, {"ports": [TEE], "from": [ANYBODY, GATEWAY]})],
        [policy({"ports": [NUMBER]}), policy({"ports": [TEE]}, name="more")],
        [policy({"ports": [NUMBER]}, policyTypes=["Egress"])],
        [policy({"ports": [NUMBER]}, podSelector={"matchLabels": {"app": "other"}})],
        [
            policy(
                {"ports": [NUMBER]},
                podSelector={"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]},
            )
        ],
    ],
)
def test_a_policy_that_admits_them_where_the_port_moves_is_no_obstacle(policies: list[Json]) -> None:
    assert blocked(*policies) is None


def test_a_policy_that_admits_callers_by_another_name_of_the_port_would_cut_them_off() -> None:
    policies = [policy({"ports": [{"port": "rest"}]})]
    found = injection.obstacle(pods.template(IN_ONE), PROXY, policies, "ml")
    assert found is not None
    assert found.reason == "PolicyBlocks"
    assert "got one for port 8080 or rest" in str(found)
    assert injection.obstacle(pods.template(), PROXY, policies, "ml") is None


MODEL, OTHER = (
    {"podSelector": {"matchLabels": {"app": "churn"}}},
    {"podSelector": {"matchLabels": {"app": "db"}}},
)


def leaving(*rules: Json, app: str = "gateway", name: str = "gateway-out") -> Json:
    spec = {"podSelector": {"matchLabels": {"app": app}}, "policyTypes": ["Egress"], "egress": list(rules)}
    return {"metadata": {"name": name, "namespace": "ml"}, "spec": spec}


@pytest.mark.parametrize(
    "policies",
    [
        [leaving({"to": [MODEL], "ports": [NUMBER]})],
        [leaving({"to": [OTHER, MODEL], "ports": [NUMBER, {"port": 53}]})],
        [leaving({"to": [MODEL], "ports": [NUMBER]}, {"to": [OTHER], "ports": [TEE]})],
        [
            leaving({"to": [MODEL], "ports": [NUMBER]}),
            leaving({"to": [MODEL], "ports": [TEE]}, app="batch", name="batch-out"),
        ],
    ],
)
def test_a_policy_that_lets_callers_out_by_number_would_cut_them_off(policies: list[Json]) -> None:
    """What leaves is judged by the port of the pod, whatever the Service's is."""
    found = blocked(*policies)
    assert found is not None
    assert found.reason == "PolicyBlocks"
    assert str(found).startswith(
        "NetworkPolicy gateway-out: expected a rule that lets callers out to port http"
    )


@pytest.mark.parametrize(
    "policies",
    [
        [leaving({"to": [MODEL], "ports": [NUMBER, TEE]})],
        [leaving({"to": [MODEL], "ports": [NAME]})],
        [leaving({"to": [MODEL]})],
        [leaving({"to": [MODEL], "ports": [NUMBER]}, {"ports": [TEE]})],
        [leaving({"to": [MODEL], "ports": [NUMBER]}), leaving({"to": [MODEL], "ports": [TEE]}, name="more")],
        [leaving({"to": [OTHER], "ports": [NUMBER]})],
        [leaving({"ports": [NUMBER]})],
        [leaving({"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [NUMBER]})],
        [leaving({"to": [{**MODEL, **ANYBODY}], "ports": [NUMBER]})],
    ],
)
def test_a_policy_that_lets_them_out_or_does_not_name_the_pods_is_no_obstacle(policies: list[Json]) -> None:
    assert blocked(*policies) is None


def test_policies_of_other_namespaces_select_other_pods() -> None:
    assert blocked(policy({"ports": [NUMBER]}), namespace="shop") is None


@pytest.mark.parametrize(
    ("policies", "warned"),
    [
        ([], False),
        ([policy({"ports": [NAME]})], True),
        ([policy({"ports": [NAME]}), policy({"ports": [{"port": 9464}]}, name="scrape")], False),
        ([policy({"ports": [{"port": "mm-http"}]})], False),
        ([policy(), policy({"ports": [{"port": 9464}]}, name="scrape", podSelector=EVALUATORS)], False),
        ([policy({"ports": [NAME]}, policyTypes=["Egress"])], False),
    ],
)
def test_a_policy_that_keeps_prometheus_out_is_worth_a_warning(policies: list[Json], warned: bool) -> None:
    text = scrape_warning(pods.template(), PROXY, policies, "ml")
    assert bool(text) == warned
    assert not warned or text.startswith("NetworkPolicy only-http: expected a rule that admits Prometheus")
