"""Policies of Istio and Cilium: whether they still hold where the model's port moves to."""

from collections.abc import Iterator, Mapping, Sequence

from modelmonitor import wire
from modelmonitor.errors import NotInjectable
from modelmonitor.plan.injection import selecting as selectors
from modelmonitor.plan.injection.ports import TCP, Moved
from modelmonitor.plan.rulefile import Manifest

Policies = Mapping[str, Sequence[Manifest]]
"""Policies of a namespace by their kind."""
_SOURCES = ("k8s:", "any:")
"""What Cilium writes before keys of labels."""


def refuse(policies: Policies, labels: Mapping[str, str], moved: Moved) -> None:
    """Raise NotInjectable if a policy about pods of these labels names the model's number alone.

    One that allows would keep everybody out, one that denies would keep out nobody any more. Whether another
    one makes up for it is not asked: to name both numbers is right in any case.
    """
    for kind, reads in _READS.items():
        for policy in policies.get(kind, ()):
            for ports in reads(policy, labels):
                if str(moved.number) in ports and not {str(wire.PORT_TEE), moved.port["name"]} & ports:
                    raise _blocking(kind, policy["metadata"]["name"], moved)


def _istio(policy: Manifest, labels: Mapping[str, str]) -> Iterator[set[str]]:
    """Yield the ports that each operation of an AuthorizationPolicy names; one with targets is of no pod."""
    spec = policy.get("spec") or {}
    is_of_pods = not (spec.get("targetRef") or spec.get("targetRefs"))
    if is_of_pods and selectors.matches(spec.get("selector") or {}, labels):
        asked = (to.get("operation") or {} for rule in spec.get("rules") or () for to in rule.get("to") or ())
        for operation in asked:
            yield from ({str(it) for it in operation.get(name) or ()} for name in ("ports", "notPorts"))


def _cilium(policy: Manifest, labels: Mapping[str, str]) -> Iterator[set[str]]:
    """Yield the TCP ports that each rule of a CiliumNetworkPolicy names."""
    for spec in (policy.get("spec") or {}, *(policy.get("specs") or ())):
        if "endpointSelector" in spec and selectors.matches(_plain(spec["endpointSelector"]), labels):
            for rule in (*(spec.get("ingress") or ()), *(spec.get("ingressDeny") or ())):
                ports = (port for to in rule.get("toPorts") or () for port in to.get("ports") or ())
                yield {str(it["port"]) for it in ports if it.get("protocol", "ANY") in ("ANY", TCP)}


def _plain(selector: Manifest) -> Manifest:
    """Return a selector of Cilium's as one of Kubernetes."""
    expressions = selector.get("matchExpressions") or ()
    return {
        "matchLabels": {_key(key): it for key, it in (selector.get("matchLabels") or {}).items()},
        "matchExpressions": [{**one, "key": _key(one["key"])} for one in expressions],
    }


def _key(key: str) -> str:
    for source in _SOURCES:
        key = key.removeprefix(source)
    return key


def _blocking(kind: str, name: str, moved: Moved) -> NotInjectable:
    text = (
        f"{kind} {name}: expected port {wire.PORT_TEE} beside {moved.number}, for callers come to it there, "
        f'got {moved.number} alone; add "{wire.PORT_TEE}" to its ports'
    )
    return NotInjectable(text, reason="PolicyBlocks")


_READS = {"AuthorizationPolicy": _istio, "CiliumNetworkPolicy": _cilium}
