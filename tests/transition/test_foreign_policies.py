"""Policies of meshes and network plugins hinder an evaluator as NetworkPolicies do, where there are any."""

import pytest

from transition.pods import Stage
from transition.test_injection import CAPTURE, MARKED

ISTIO = {"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy"}


def denying(play: Stage, *ports: str) -> None:
    """Let Istio keep everybody out at some ports of all pods."""
    spec = {"action": "DENY", "rules": [{"to": [{"operation": {"ports": list(ports)}}]}]}
    play.memory.put({**ISTIO, "metadata": {"name": "nobody", "namespace": "ml"}, "spec": spec}, "team")


async def test_a_model_whose_denial_names_its_number_is_left_alone_until_it_names_the_new_one() -> None:
    play = Stage()
    play.target()
    denying(play, "8080")
    play.monitor(**CAPTURE)
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "PolicyBlocks"
    assert "AuthorizationPolicy nobody" in play.condition("EvaluatorsInjected")["message"]
    denying(play, "8080", "9465")
    assert MARKED in await play.visit()


@pytest.mark.parametrize("kept", ["missing", "hidden"])
async def test_clusters_without_such_policies_and_operators_without_the_right_inject_as_before(
    kept: str,
) -> None:
    play = Stage()
    play.target()
    getattr(play.memory, kept).update({"AuthorizationPolicy", "CiliumNetworkPolicy"})
    play.monitor(**CAPTURE)
    assert MARKED in await play.visit()
    assert play.reason("EvaluatorsInjected") == "Injecting"
