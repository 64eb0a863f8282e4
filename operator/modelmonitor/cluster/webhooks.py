"""The configuration by which the API server asks us about pods: what it has to be, and how it differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from modelmonitor import wire
from modelmonitor.cluster import certificates, kinds
from modelmonitor.cluster.kinds import Kind, Object

PATH = "/inject"
WEBHOOK = f"inject.{wire.GROUP}"
_NAMESPACE = "kubernetes.io/metadata.name"
_OUR_TERMS = {(_NAMESPACE, "In"), (wire.LABEL_INJECT, "Exists")}
_PODS = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "operations": ["CREATE"],
    "resources": ["pods"],
    "scope": "Namespaced",
}
SECONDS = 2
"""For which the API server waits; then the pod starts without an evaluator."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where the API server reaches the webhook, and about which pods it asks.

    Attributes
    ----------
    namespace
        That of the Lease and the Service; it names the configuration, so that two installations do not fight.
    service
        The Service in it, whose port 443 leads to the webhook.
    url
        The address to use instead, outside of a cluster.
    watched
        The namespaces whose pods are meant; none: all.
    """

    namespace: str
    service: str
    url: str = ""
    watched: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name the configuration, and the ClusterRole that allows it."""
        return f"modelmonitor-{self.namespace}"

    @property
    def host(self) -> str:
        """Name whom the certificate has to be for."""
        return urlsplit(self.url).hostname or f"{self.service}.{self.namespace}.svc"

    def wanted(self, trusted: str) -> Object:
        """Return the webhook as the API server gives it back: with every field that it would fill in."""
        only = {"key": _NAMESPACE, "operator": "In", "values": sorted(self.watched)}
        return {
            "name": WEBHOOK,
            "clientConfig": {**self._client(), "caBundle": trusted},
            "rules": [_PODS],
            "failurePolicy": "Ignore",
            "matchPolicy": "Equivalent",
            "sideEffects": "None",
            "reinvocationPolicy": "IfNeeded",
            "timeoutSeconds": SECONDS,
            "admissionReviewVersions": ["v1"],
            "objectSelector": {"matchExpressions": [{"key": wire.LABEL_INJECT, "operator": "Exists"}]},
            "namespaceSelector": {"matchExpressions": [only]} if self.watched else {},
        }

    def _client(self) -> Object:
        if self.url:
            return {"url": self.url.rstrip("/") + PATH}
        service = {"namespace": self.namespace, "name": self.service, "port": 443, "path": PATH}
        return {"service": service}


def owned(kind: Kind, owner: Object) -> Object:
    """Return the field by which an object goes with another one, which belongs to no namespace."""
    about = owner["metadata"]
    reference = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "name": about["name"],
        "uid": about["uid"],
    }
    return {"ownerReferences": [reference]}


def configuration(webhook: Webhook, trusted: str, owned: Object, live: Object | None) -> Object:
    """Return the whole configuration: a new one, or the live one with our webhook alone in it.

    A platform that keeps webhooks away from its own namespaces does so by more terms in the selectors: those
    stay, for they can only narrow what we are asked about.

    Parameters
    ----------
    owned
        The field `ownerReferences`; empty where nothing owns it.
    """
    about: Object = live["metadata"] if live else {"name": webhook.name}
    kind, wanted = kinds.MUTATING_WEBHOOK, webhook.wanted(trusted)
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {**about, "labels": {**about.get("labels", {}), **certificates.LABELS}, **owned},
        "webhooks": [{**wanted, **_selectors(wanted, _ours(live))}],
    }


def differs(live: Object, wanted: Object) -> bool:
    """Tell whether a live configuration has to be written anew."""
    about, ours = live["metadata"], wanted["metadata"]
    named = {name: about.get(name) or {} for name in ("labels", "ownerReferences")}
    asked = {name: ours.get(name) or {} for name in named}
    return named != asked or live.get("webhooks") != wanted["webhooks"]


def trusted(live: Object | None) -> list[str]:
    """Return the certificates that the API server trusts of us by now."""
    return certificates.unbundle(_ours(live).get("clientConfig", {}).get("caBundle") or "")


def _ours(live: Object | None) -> Mapping[str, Any]:
    return next((one for one in (live or {}).get("webhooks") or () if one["name"] == WEBHOOK), {})


def _selectors(wanted: Object, live: Mapping[str, Any]) -> Object:
    return {
        name: _narrowed(wanted[name], live.get(name) or {})
        for name in ("namespaceSelector", "objectSelector")
    }


def _narrowed(wanted: Object, live: Object) -> Object:
    """Add to the terms that we want those of others; what has just these stays as it is."""
    terms, found = wanted.get("matchExpressions", []), live.get("matchExpressions", [])
    theirs = [term for term in found if (term["key"], term["operator"]) not in _OUR_TERMS]
    ours = [term for term in found if term not in theirs]
    if ours == terms:
        return live
    return {**live, "matchExpressions": [*terms, *theirs]}
