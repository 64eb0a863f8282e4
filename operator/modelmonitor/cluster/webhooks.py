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
TRIAL = f"trial.{wire.GROUP}"
"""The same webhook, asked about a Lease of the operator's own namespace that is only created for a try."""
_NAMESPACE = "kubernetes.io/metadata.name"
_OUR_TERMS = {(_NAMESPACE, "In"), (wire.LABEL_INJECT, "Exists"), (wire.LABEL_TRIAL, "Exists")}
_ASKED, _ANSWERED = "asked", "answered"
ANSWER = [
    {
        "op": "replace",
        "path": f"/metadata/labels/{wire.LABEL_TRIAL.replace('/', '~1')}",
        "value": _ANSWERED,
    }
]
"""The JSON Patch by which the webhook shows that it was asked about a trial."""
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
    port
        On which the operator's pods serve it.
    """

    namespace: str
    service: str
    url: str = ""
    watched: tuple[str, ...] = ()
    port: int = 0

    @property
    def name(self) -> str:
        """Name the configuration, and the ClusterRole that allows it."""
        return f"modelmonitor-{self.namespace}"

    @property
    def host(self) -> str:
        """Name whom the certificate has to be for."""
        return urlsplit(self.url).hostname or f"{self.service}.{self.namespace}.svc"

    @property
    def place(self) -> str:
        """Say where the API server has to reach it."""
        inside = f"port {self.port} of the operator's pods, through Service {self.service}.{self.namespace}"
        return self.url or inside

    def wanted(self, trusted: str) -> list[Object]:
        """Return the webhooks as the API server gives them back: with every field that it would fill in."""
        pods = (WEBHOOK, _created(kinds.POD), wire.LABEL_INJECT, sorted(self.watched))
        trial = (TRIAL, _created(kinds.LEASE), wire.LABEL_TRIAL, [self.namespace])
        return [self._wanted(trusted, *one) for one in (pods, trial)]

    def _wanted(self, trusted: str, name: str, rule: Object, label: str, namespaces: list[str]) -> Object:
        only = {"key": _NAMESPACE, "operator": "In", "values": namespaces}
        return {
            "name": name,
            "clientConfig": {**self._client(), "caBundle": trusted},
            "rules": [rule],
            "failurePolicy": "Ignore",
            "matchPolicy": "Equivalent",
            "sideEffects": "None",
            "reinvocationPolicy": "IfNeeded",
            "timeoutSeconds": SECONDS,
            "admissionReviewVersions": ["v1"],
            "objectSelector": {"matchExpressions": [{"key": label, "operator": "Exists"}]},
            "namespaceSelector": {"matchExpressions": [only]} if namespaces else {},
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
    """Return the whole configuration: a new one, or the live one with our webhooks alone in it.

    A platform that keeps webhooks away from its own namespaces does so by more terms in the selectors: those
    stay, for they can only narrow what we are asked about.

    Parameters
    ----------
    owned
        The field `ownerReferences`; empty where nothing owns it.
    """
    about: Object = live["metadata"] if live else {"name": webhook.name}
    kind = kinds.MUTATING_WEBHOOK
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {**about, "labels": {**about.get("labels", {}), **certificates.LABELS}, **owned},
        "webhooks": [{**it, **_selectors(it, _named(live, it["name"]))} for it in webhook.wanted(trusted)],
    }


def differs(live: Object, wanted: Object) -> bool:
    """Tell whether a live configuration has to be written anew."""
    about, ours = live["metadata"], wanted["metadata"]
    named = {name: about.get(name) or {} for name in ("labels", "ownerReferences")}
    asked = {name: ours.get(name) or {} for name in named}
    return named != asked or live.get("webhooks") != wanted["webhooks"]


def trusted(live: Object | None) -> list[str]:
    """Return the certificates that the API server trusts of us by now."""
    return certificates.unbundle(_named(live, WEBHOOK).get("clientConfig", {}).get("caBundle") or "")


def trial(webhook: Webhook) -> Object:
    """Return an object about which the API server asks the webhook before it creates it."""
    about = {"namespace": webhook.namespace, "generateName": "modelmonitor-trial-"}
    labelled = {**about, "labels": {wire.LABEL_TRIAL: _ASKED}}
    return {"apiVersion": kinds.LEASE.api_version, "kind": kinds.LEASE.kind, "metadata": labelled, "spec": {}}


def is_answered(tried: Object) -> bool:
    """Tell whether the webhook was asked about a trial, as it came back."""
    return bool((tried["metadata"].get("labels") or {}).get(wire.LABEL_TRIAL) == _ANSWERED)


def namespaces_tried(live: Object | None) -> Object:
    """Return the selector of the namespaces whose trials the webhook is asked about."""
    return dict(_named(live, TRIAL).get("namespaceSelector") or {})


def _created(kind: Kind) -> Object:
    group, _, version = kind.api_version.rpartition("/")
    about = {"apiGroups": [group], "apiVersions": [version], "resources": [kind.plural]}
    return {**about, "operations": ["CREATE"], "scope": "Namespaced"}


def _named(live: Object | None, name: str) -> Mapping[str, Any]:
    return next((one for one in (live or {}).get("webhooks") or () if one["name"] == name), {})


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
