"""A pod gets an evaluator: what is there afterwards, and what is as it was."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pods
from conftest import Golden
from modelmonitor.plan import injection, rulefile
from modelmonitor.wire.config import Mode
from pods import PROXY, Json

SDK = replace(PROXY, mode=Mode.SDK, port="")
VERSION = "0123456789"
EVERY = pytest.mark.parametrize("server", pods.SERVERS)


def injected(pod: Json, wanted: Any = PROXY) -> Json:
    return injection.inject(pod, wanted, VERSION)


def evaluator(pod: Json) -> Json:
    return dict(pod["spec"]["initContainers"][-1])


def running(pod: Json) -> list[Json]:
    sidecars = [it for it in pod["spec"].get("initContainers", []) if it.get("restartPolicy") == "Always"]
    return [*pod["spec"]["containers"], *sidecars]


def by_name(pod: Json, name: str) -> list[tuple[str, int]]:
    """Find a port as Services do: containers first, then sidecars."""
    return [
        (container["name"], port["containerPort"])
        for container in running(pod)
        for port in container.get("ports", [])
        if port.get("name") == name
    ]


@EVERY
@pytest.mark.parametrize("wanted", [PROXY, SDK], ids=["proxy", "sdk"])
def test_the_pod_that_was_given_is_not_changed(server: str, wanted: Any) -> None:
    pod = pods.pod(server)
    before = copy.deepcopy(pod)
    assert injected(pod, wanted) != before
    assert pod == before


@EVERY
@pytest.mark.parametrize("wanted", [PROXY, SDK], ids=["proxy", "sdk"])
def test_injecting_twice_is_injecting_once(server: str, wanted: Any) -> None:
    once = injected(pods.pod(server), wanted)
    assert injected(once, wanted) is once
    assert injection.operations(once, injected(once, wanted)) == []


@EVERY
@pytest.mark.parametrize("wanted", [PROXY, SDK], ids=["proxy", "sdk"])
def test_the_operations_make_exactly_the_pod_that_is_to_be(server: str, wanted: Any) -> None:
    pod = pods.pod(server)
    after = injected(pod, wanted)
    assert jsonpatch.apply_patch(copy.deepcopy(pod), injection.operations(pod, after)) == after


@EVERY
def test_the_port_moves_under_its_name_and_the_model_keeps_its_number(server: str) -> None:
    pod = pods.pod(server)
    ((owner, number),) = by_name(pod, "http")
    after = injected(pod)
    assert by_name(after, "http") == [(owner, 9465)]
    assert f"--upstream=localhost:{number}" in evaluator(after)["args"]
    (model,) = (it for it in running(after) if it["name"] == owner)
    (renamed,) = (it for it in model["ports"] if it["containerPort"] == number)
    assert len(renamed["name"]) <= 15
    assert by_name(after, renamed["name"]) == [(owner, number)]


@EVERY
def test_no_probe_and_no_hook_says_the_name_of_the_moved_port_or_one_that_its_container_lacks(
    server: str,
) -> None:
    """A probe or hook says the name of a port of its own container; the kubelet looks nowhere else."""
    for container in running(injected(pods.pod(server))):
        names = {port.get("name") for port in container.get("ports", [])}
        assert set(_told(container)) <= names - {"http"}


@EVERY
def test_what_resolves_names_and_maps_ports_of_nodes_need_not_know_of_sidecars(server: str) -> None:
    """Services of Kubernetes before 1.33 do not, and no kubelet maps a sidecar's hostPort (1.36 does not)."""
    assert [port["name"] for port in evaluator(injected(pods.pod(server)))["ports"]] == ["mm-http"]


def _told(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for item in value for name in _told(item)]
    if not isinstance(value, dict):
        return []
    own = [it["port"] for key in ("httpGet", "tcpSocket") if (it := value.get(key))]
    return [it for it in own if isinstance(it, str)] + [name for it in value.values() for name in _told(it)]


def test_probes_and_hooks_go_on_to_ask_the_model_itself() -> None:
    (model,) = injected(pods.pod("mlserver"))["spec"]["containers"]
    assert [model[f"{it}Probe"]["httpGet"]["port"] for it in ("readiness", "liveness", "startup")] == [
        8080
    ] * 3
    (vllm,) = injected(pods.pod("vllm"))["spec"]["containers"]
    assert vllm["lifecycle"]["preStop"]["httpGet"] == {
        "path": "/drain",
        "port": 8000,
        "httpHeaders": [{"name": "X-From", "value": "kubelet"}],
    }


def test_the_port_of_the_node_leads_to_the_evaluator_and_no_longer_past_it() -> None:
    after = injected(pods.pod("vllm"))
    (model,) = after["spec"]["containers"]
    moved = {"name": "http", "containerPort": 9465, "protocol": "TCP"}
    assert model["ports"] == [
        {"containerPort": 8000, "name": "http-model"},
        moved | {"hostPort": 18000, "hostIP": "10.0.0.1"},
    ]


@EVERY
def test_taking_away_what_was_added_gives_the_pod_back(server: str) -> None:
    pod = pods.pod(server)
    after = injected(pod, SDK)
    for label in ("version", "evaluator"):
        del after["metadata"]["labels"][f"modelmonitor.dev/{label}"]
    for kind in ("initContainers", "volumes"):
        after["spec"][kind] = after["spec"][kind][:-1]
        if kind not in pod["spec"]:
            assert after["spec"].pop(kind) == []
    assert after == pod


def test_the_evaluator_starts_after_all_other_init_containers() -> None:
    """So neither it nor its image holds up what prepares the model, and a mesh outlives it."""
    after = injected(pods.pod("mesh"))
    names = [it["name"] for it in after["spec"]["initContainers"]]
    assert names == ["wait-for-db", "istio-proxy", "modelmonitor-evaluator"]


@EVERY
def test_the_model_never_waits_for_the_evaluator(server: str) -> None:
    sidecar = evaluator(injected(pods.pod(server)))
    assert sidecar["restartPolicy"] == "Always"
    assert not {"startupProbe", "livenessProbe", "lifecycle", "env", "envFrom"} & sidecar.keys()
    volumes = injected(pods.pod(server))["spec"]["volumes"]
    (ours,) = (it for it in volumes if it["name"] == sidecar["volumeMounts"][0]["name"])
    sources = [one for source in ours["projected"]["sources"] for one in source.values()]
    assert len(sources) == 4
    assert all(source["optional"] for source in sources)


def test_a_pod_is_ready_when_callers_reach_the_evaluator_and_only_if_they_have_to() -> None:
    assert evaluator(injected(pods.pod()))["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": 9464}
    assert "readinessProbe" not in evaluator(injected(pods.pod(), SDK))


def test_the_evaluator_is_no_root_even_where_the_pod_is() -> None:
    assert evaluator(injected(pods.pod("torchserve")))["securityContext"]["runAsUser"] == 65532
    assert "runAsUser" not in evaluator(injected(pods.pod("bare")))["securityContext"]


def test_resources_that_the_pod_counts_as_a_whole_are_left_to_it() -> None:
    assert evaluator(injected(pods.pod("pod-level-resources")))["resources"] == {}
    spec = pods.spec("bare") | {"resources": {"limits": {"cpu": "2"}}}
    assert evaluator(injected(pods.pod(spec)))["resources"] == {
        "requests": {"memory": "64Mi"},
        "limits": {"memory": "128Mi"},
    }


def test_without_proxy_no_port_moves() -> None:
    pod = pods.pod("mlserver")
    after = injected(pod, SDK)
    assert after["spec"]["containers"] == pod["spec"]["containers"]
    assert evaluator(after)["ports"] == [{"name": "mm-http", "containerPort": 9464, "protocol": "TCP"}]
    assert not any(it.startswith(("--upstream", "--listen")) for it in evaluator(after)["args"])


def test_the_version_is_a_label_of_the_pod_and_of_every_metric() -> None:
    after = injected(pods.pod())
    assert after["metadata"]["labels"]["modelmonitor.dev/version"] == VERSION
    assert f"--model-version={VERSION}" in evaluator(after)["args"]


def test_a_pod_that_has_an_evaluator_says_so_whoever_added_it() -> None:
    after = injected(pods.pod())
    assert after["metadata"]["labels"]["modelmonitor.dev/evaluator"] == "churn"
    by_hand = copy.deepcopy(after)
    del by_hand["metadata"]["labels"]["modelmonitor.dev/evaluator"]
    assert injected(by_hand) == after


def test_a_pod_of_no_controller_has_no_version() -> None:
    after = injection.inject(pods.pod(), PROXY, "")
    assert "modelmonitor.dev/version" not in after["metadata"]["labels"]
    assert not any(it.startswith("--model-version") for it in evaluator(after)["args"])


@pytest.mark.parametrize("labels", [{}, {"modelmonitor.dev/inject": "fraud"}])
def test_a_pod_that_asks_for_another_evaluator_or_none_is_not_ours(labels: Json) -> None:
    pod = pods.pod()
    pod["metadata"]["labels"] = labels
    assert injected(pod) is pod


@pytest.mark.parametrize("kind", ["containers", "initContainers"])
def test_a_pod_that_brings_its_evaluator_keeps_it(kind: str) -> None:
    spec = pods.spec("bare")
    spec.setdefault(kind, []).append({"name": "modelmonitor-evaluator", "image": "their-own"})
    pod = pods.pod(spec)
    assert injected(pod)["spec"] is pod["spec"]


def test_a_name_that_a_port_of_udp_has_is_taken_as_well() -> None:
    ports = [
        {"name": "http", "containerPort": 80},
        {"name": "http-model", "containerPort": 80, "protocol": "UDP"},
    ]
    after = injected(pods.pod({"containers": [{"name": "model", "image": "model", "ports": ports}]}))
    assert by_name(after, "http-model2") == [("model", 80)]


def test_names_that_the_pod_has_already_are_not_taken_twice() -> None:
    after = injected(pods.pod("names-taken"))
    assert [it["name"] for it in after["spec"]["containers"][0]["ports"]] == [
        "http-model2",
        "http-model",
        "http",
    ]
    assert [it["name"] for it in after["spec"]["volumes"]] == [
        "modelmonitor-evaluator",
        "modelmonitor-evaluator2",
    ]


names = st.from_regex("([a-z0-9]{1,4}-)?[a-z][a-z0-9]{0,9}", fullmatch=True).filter(
    lambda it: it != "mm-http"
)


@given(port=names, others=st.lists(names, unique=True, max_size=6))
def test_the_models_port_has_a_new_name_that_is_valid_and_its_own(port: str, others: list[str]) -> None:
    there = [port, *(it for it in others if it != port)]
    ports = [
        {"name": name, "containerPort": 8000 + at, "protocol": ("TCP", "UDP", "SCTP")[at % 3]}
        for at, name in enumerate(there)
    ]
    pod = pods.pod({"containers": [{"name": "model", "image": "model", "ports": ports}]})
    (model,) = injected(pod, replace(PROXY, port=port))["spec"]["containers"]
    first, *rest = (it["name"] for it in model["ports"])
    assert rest == [*there[1:], port]
    assert first not in there
    assert len(first) <= 15
    assert "--" not in first
    assert first.strip("-") == first


@given(st.sets(st.sampled_from(["reference", "redis_secret", "token_secret"])))
def test_only_what_the_monitor_names_is_mounted_and_told(absent: set[str]) -> None:
    after = injected(pods.pod(), replace(PROXY, **dict.fromkeys(absent, "")))
    options = {it.partition("=")[0] for it in evaluator(after)["args"]}
    told = {"reference": "--reference", "redis_secret": "--redis-url-file", "token_secret": "--token-file"}
    assert {field for field, option in told.items() if option not in options} == absent
    assert len(after["spec"]["volumes"][-1]["projected"]["sources"]) == 4 - len(absent)


def test_a_pod_of_a_model_server_becomes_the_golden_one(golden: Golden) -> None:
    after = injected(pods.pod("mlserver"))
    golden(Path(__file__).parent / "golden" / "mlserver.yaml", rulefile.to_yaml(after))
