"""NetworkPolicies: whether those who reach the model now would still reach it at the moved port."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from modelmonitor import wire
from modelmonitor.errors import NotInjectable
from modelmonitor.plan.injection import selecting as selectors
from modelmonitor.plan.injection.ports import TCP, Moved
from modelmonitor.plan.rulefile import Manifest


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule of a policy lets in."""

    policy: str
    ports: tuple[Manifest, ...]
    """None: all ports."""
    peers: tuple[Manifest, ...]
    """None: everybody."""

    def admits(self, number: int, *names: str) -> bool:
        """Tell whether a TCP port is let in, by its number or by one of its names."""
        return not self.ports or any(_is(port, number, names) for port in self.ports)

    def admits_now(self, moved: Moved) -> bool:
        """Tell whether the model's port is let in as long as it has not moved."""
        return self.admits(moved.number, moved.port["name"], *moved.aliases)

    def covers(self, other: "Rule") -> bool:
        """Tell whether everybody whom another rule lets in is let in by this one."""
        return not self.peers or (bool(other.peers) and all(peer in self.peers for peer in other.peers))


def selecting(
    policies: Iterable[Manifest], labels: Mapping[str, str], namespace: str
) -> dict[str, list[Rule]]:
    """Return the rules about what comes in of the policies that select pods, by the name of the policy.

    Pods that are selected by some take in only what a rule admits; by none, everything.
    """
    return {
        policy["metadata"]["name"]: _rules(policy)
        for policy in policies
        if _of(policy, namespace)
        and "Ingress" in (policy["spec"].get("policyTypes") or ("Ingress",))
        and selectors.matches(policy["spec"].get("podSelector") or {}, labels)
    }


def refuse(found: Mapping[str, Sequence[Rule]], moved: Moved) -> None:
    """Raise NotInjectable if a rule admits callers to the model's port whom none admits where it moves."""
    name, rules = moved.port["name"], [rule for its in found.values() for rule in its]
    at_the_tee = [rule for rule in rules if rule.admits(wire.PORT_TEE, name)]
    for rule in rules:
        if rule.admits_now(moved) and not any(one.covers(rule) for one in at_the_tee):
            raise _blocking(rule.policy, "admits", moved)


def refuse_callers(
    policies: Iterable[Manifest], labels: Mapping[str, str], namespace: str, moved: Moved
) -> None:
    """Raise NotInjectable if callers of the namespace are let out to the pods at the model's port alone.

    Rules count that select the pods by labels: whoever is let out to a number anywhere need not be a caller.
    """
    name = moved.port["name"]
    leaving = [it for it in policies if _of(it, namespace) and "Egress" in it["spec"].get("policyTypes", ())]
    for policy in leaving:
        its = policy["spec"].get("podSelector") or {}
        same = [it for it in leaving if (it["spec"].get("podSelector") or {}) in (its, {})]
        out = [rule for it in same for rule in _rules(it, "egress", "to")]
        is_let_out = any(
            one.admits(wire.PORT_TEE, name) and (not one.peers or _leads_to(one, labels)) for one in out
        )
        for rule in _rules(policy, "egress", "to"):
            if rule.admits_now(moved) and _leads_to(rule, labels) and not is_let_out:
                raise _blocking(rule.policy, "lets callers out to", moved)


def warning(found: Mapping[str, Sequence[Rule]]) -> str:
    """Say that Prometheus cannot reach the evaluators, if no rule of the selecting policies admits it."""
    rules = [rule for its in found.values() for rule in its]
    if not found or any(rule.admits(wire.PORT_HTTP, wire.PORT_NAME_HTTP) for rule in rules):
        return ""
    return (
        f"NetworkPolicy {', '.join(sorted(found))}: expected a rule that admits Prometheus to port "
        f"{wire.PORT_NAME_HTTP} ({wire.PORT_HTTP}), got none; add one, or nothing is scraped"
    )


def _of(policy: Manifest, namespace: str) -> bool:
    return policy["metadata"].get("namespace", namespace) in ("", namespace)


def _rules(policy: Manifest, way: str = "ingress", peers: str = "from") -> list[Rule]:
    return [
        Rule(policy["metadata"]["name"], tuple(rule.get("ports") or ()), tuple(rule.get(peers) or ()))
        for rule in policy["spec"].get(way) or ()
    ]


def _leads_to(rule: Rule, labels: Mapping[str, str]) -> bool:
    """Tell whether a rule names the pods of its own namespace that have labels."""
    named = (peer["podSelector"] for peer in rule.peers if peer.keys() == {"podSelector"})
    return any(it and selectors.matches(it, labels) for it in named)


def _blocking(policy: str, does: str, moved: Moved) -> NotInjectable:
    name, known = moved.port["name"], " or ".join((str(moved.number), *moved.aliases))
    text = (
        f"NetworkPolicy {policy}: expected a rule that {does} port {name} by its name, for it moves to "
        f"{wire.PORT_TEE}, got one for port {known}; add `port: {name}` or `port: {wire.PORT_TEE}` to its "
        "ports"
    )
    return NotInjectable(text, reason="PolicyBlocks")


def _is(port: Manifest, number: int, names: tuple[str, ...]) -> bool:
    told = port.get("port")
    if port.get("protocol", TCP) != TCP:
        return False
    if isinstance(told, int):
        return bool(told <= number <= port.get("endPort", told))
    return told is None or told in names
