"""Policies of Istio and Cilium that name the model's number have to name the port where it moves, too."""

from dataclasses import replace
from typing import Any

import pytest

import pods
from modelmonitor.errors import NotInjectable
from modelmonitor.plan import injection
from modelmonitor.wire.config import Mode
from pods import PROXY

Json = dict[str, Any]
NUMBER = "8080"
SDK = replace(PROXY, mode=Mode.SDK, port="")


def against(kind: str, spec: Json, wanted: Any = PROXY, **more: Any) -> NotInjectable | None:
    policy = {"metadata": {"name": "mine", "namespace": "ml"}, "spec": spec, **more}
    return injection.foreign_obstacle(pods.template(), wanted, {kind: [policy]})


def istio(*ports: str, field: str = "ports", **more: Any) -> Json:
    """Deny at ports."""
    return {"action": "DENY", "rules": [{"to": [{"operation": {field: list(ports)}}]}], **more}


def cilium(*ports: str, way: str = "ingress", selector: Json | None = None, protocol: str = "TCP") -> Json:
    """Allow, or deny, at ports."""
    named = [{"port": port, "protocol": protocol} for port in ports]
    return {"endpointSelector": selector or {}, way: [{"toPorts": [{"ports": named}]}]}


@pytest.mark.parametrize("field", ["ports", "notPorts"])
def test_an_authorization_by_the_number_alone_blocks(field: str) -> None:
    found = against("AuthorizationPolicy", istio("80", NUMBER, field=field))
    assert found is not None
    assert found.reason == "PolicyBlocks"
    said = "AuthorizationPolicy mine: expected port 9465 beside 8080, for callers come to it there, got 8080"
    assert str(found) == f'{said} without it; add "9465" to its ports'


OWN = {"selector": {"matchLabels": {"app": "churn"}}}
OTHER = {"selector": {"matchLabels": {"app": "other"}}}


@pytest.mark.parametrize(
    ("spec", "blocks"),
    [
        (istio(NUMBER, **OWN), True),
        (istio(NUMBER, "9465"), False),
        (istio("80"), False),
        (istio(), False),
        (istio(NUMBER, **OTHER), False),
        (istio(NUMBER, targetRefs=[{"kind": "Gateway", "name": "waypoint"}]), False),
        ({"rules": [{}]}, False),
        ({}, False),
    ],
)
def test_an_authorization_counts_for_the_pods_that_it_selects(spec: Json, blocks: bool) -> None:
    assert (against("AuthorizationPolicy", spec) is not None) is blocks


@pytest.mark.parametrize(
    ("spec", "blocks"),
    [
        (cilium(NUMBER), True),
        (cilium(NUMBER, way="ingressDeny"), True),
        (cilium(NUMBER, protocol="ANY"), True),
        (cilium(NUMBER, protocol="UDP"), False),
        (cilium(NUMBER, "9465"), False),
        (cilium(NUMBER, PROXY.port), False),
        (cilium(PROXY.port), False),
        (cilium(NUMBER, way="egress"), False),
        (cilium(NUMBER, selector={"matchLabels": {"k8s:app": "churn"}}), True),
        (cilium(NUMBER, selector={"matchLabels": {"any:app": "other"}}), False),
        (cilium(NUMBER, selector={"matchExpressions": [{"key": "k8s:app", "operator": "Exists"}]}), True),
        ({"nodeSelector": {}, "ingress": cilium(NUMBER)["ingress"]}, False),
    ],
)
def test_a_policy_of_cilium_counts_for_the_pods_that_it_selects(spec: Json, blocks: bool) -> None:
    assert (against("CiliumNetworkPolicy", spec) is not None) is blocks
    several = injection.foreign_obstacle(
        pods.template(), PROXY, {"CiliumNetworkPolicy": [{"metadata": {"name": "mine"}, "specs": [{}, spec]}]}
    )
    assert (several is not None) is blocks


@pytest.mark.parametrize(
    ("first", "last", "blocks"),
    [
        ("8080", 9999, False),
        ("8080", 9464, True),
        ("8000", 8100, True),
        ("8081", 9999, False),
        ("8080", 0, True),
        ("0", 0, False),
        ("1", 65535, False),
    ],
)
def test_a_range_of_cilium_names_all_the_ports_in_it(first: str, last: int, blocks: bool) -> None:
    spec = cilium()
    spec["ingress"][0]["toPorts"][0]["ports"] = [{"port": first, "endPort": last, "protocol": "TCP"}]
    assert (against("CiliumNetworkPolicy", spec) is not None) is blocks


@pytest.mark.parametrize(
    "own",
    ["k8s:io.kubernetes.pod.namespace", "io.kubernetes.pod.namespace", "k8s:io.cilium.k8s.policy.cluster"],
)
@pytest.mark.parametrize(("app", "blocks"), [("churn", True), ("other", False)])
def test_labels_that_cilium_gives_to_each_pod_select_none_apart(own: str, app: str, blocks: bool) -> None:
    """No template has them."""
    equal = {"matchLabels": {"app": app, own: "ml"}}
    among = {
        "matchLabels": {"app": app},
        "matchExpressions": [{"key": own, "operator": "In", "values": ["ml"]}],
    }
    for selector in (equal, among):
        found = against("CiliumNetworkPolicy", cilium(NUMBER, selector=selector))
        assert (found is not None) is blocks


def test_where_no_port_moves_nothing_is_in_the_way() -> None:
    assert against("AuthorizationPolicy", istio(NUMBER), SDK) is None
    assert against("CiliumNetworkPolicy", cilium(NUMBER), SDK) is None
