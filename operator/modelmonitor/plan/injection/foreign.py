"""Policies of Istio and Cilium: whether they still hold where the model's port moves to."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from modelmonitor import wire
from modelmonitor.errors import NotInjectable
from modelmonitor.plan.injection import selecting as selectors
from modelmonitor.plan.injection.ports import TCP, Moved
from modelmonitor.plan.rulefile import Manifest

Policies = Mapping[str, Sequence[Manifest]]
"""Policies of a namespace by their kind."""
_SOURCES = ("k8s:", "any:")
"""What Cilium writes before keys of labels."""
_OF_ITS_OWN = ("io.kubernetes.pod.namespace", "io.cilium.")
"""How labels begin that Cilium gives to each pod; no template has them."""
_NUMBER = re.compile("[0-9]{1,5}")


class Named(NamedTuple):
    """A port as policies name it: by a number, by the first and last of a range, or by its own name."""

    port: str
    last: int = 0

    def covers(self, number: int) -> bool:
        """Tell whether a number is that of the port, or within the range."""
        first = int(self.port) if _NUMBER.fullmatch(self.port) else None
        return first is not None and first <= number <= (self.last or first)


def refuse(policies: Policies, labels: Mapping[str, str], moved: Moved) -> None:
    """Raise NotInjectable if a policy about pods of these labels names the model's number alone.

    One that allows would keep everybody out, one that denies would keep out nobody any more. Whether another
    one makes up for it is not asked: to name both numbers is right in any case.
    """
    for kind, reads in _READS.items():
        for policy in policies.get(kind, ()):
            for ports in reads(policy, labels):
                if _covered(ports, moved.number) and not (
                    _covered(ports, wire.PORT_TEE) or Named(moved.port["name"]) in ports
                ):
                    raise _blocking(kind, policy["metadata"]["name"], moved)


def _covered(ports: Iterable[Named], number: int) -> bool:
    return any(port.covers(number) for port in ports)


def _istio(policy: Manifest, labels: Mapping[str, str]) -> Iterator[list[Named]]:
    """Yield the ports that each operation of an AuthorizationPolicy names; one with targets is of no pod."""
    spec = policy.get("spec") or {}
    is_of_pods = not (spec.get("targetRef") or spec.get("targetRefs"))
    if is_of_pods and selectors.matches(spec.get("selector") or {}, labels):
        asked = (to.get("operation") or {} for rule in spec.get("rules") or () for to in rule.get("to") or ())
        for operation in asked:
            yield from (
                [Named(str(it)) for it in operation.get(name) or ()] for name in ("ports", "notPorts")
            )


def _cilium(policy: Manifest, labels: Mapping[str, str]) -> Iterator[list[Named]]:
    """Yield the TCP ports that each rule of a CiliumNetworkPolicy names."""
    for spec in (policy.get("spec") or {}, *(policy.get("specs") or ())):
        if "endpointSelector" in spec and selectors.matches(_plain(spec["endpointSelector"]), labels):
            for rule in (*(spec.get("ingress") or ()), *(spec.get("ingressDeny") or ())):
                ports = (port for to in rule.get("toPorts") or () for port in to.get("ports") or ())
                yield [
                    Named(str(it.get("port", "")), it.get("endPort") or 0)
                    for it in ports
                    if it.get("protocol", "ANY") in ("ANY", TCP)
                ]


def _plain(selector: Manifest) -> Manifest:
    """Return a selector of Cilium's as one of Kubernetes; of labels of its own it is taken to select all."""
    equal = ((_key(key), value) for key, value in (selector.get("matchLabels") or {}).items())
    expressions = ({**one, "key": _key(one["key"])} for one in selector.get("matchExpressions") or ())
    return {
        "matchLabels": {key: value for key, value in equal if not key.startswith(_OF_ITS_OWN)},
        "matchExpressions": [one for one in expressions if not one["key"].startswith(_OF_ITS_OWN)],
    }


def _key(key: str) -> str:
    for source in _SOURCES:
        key = key.removeprefix(source)
    return key


def _blocking(kind: str, name: str, moved: Moved) -> NotInjectable:
    text = (
        f"{kind} {name}: expected port {wire.PORT_TEE} beside {moved.number}, for callers come to it there, "
        f'got {moved.number} without it; add "{wire.PORT_TEE}" to its ports'
    )
    return NotInjectable(text, reason="PolicyBlocks")


_READS = {"AuthorizationPolicy": _istio, "CiliumNetworkPolicy": _cilium}
