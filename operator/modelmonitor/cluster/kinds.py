"""The kinds of objects that we touch, and the addresses under which the API serves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelmonitor import wire

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of objects, each in a namespace unless it says otherwise."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def resource(self) -> str:
        """Name the kind as RBAC and kubectl do: `prometheusrules.monitoring.coreos.com`."""
        group = self.api_version.rpartition("/")[0]
        return f"{self.plural}.{group}" if group else self.plural

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        """Return the path of the objects of a namespace (None: of all, or of none), or of one object."""
        root = "/apis/" if "/" in self.api_version else "/api/"
        parts = [f"namespaces/{namespace}"] if self.namespaced and namespace is not None else []
        parts += [part for part in (self.plural, name, subresource) if part]
        return root + "/".join([self.api_version, *parts])


MODEL_MONITOR = Kind(wire.API_VERSION, wire.KIND, wire.PLURAL)
PROMETHEUS_RULE = Kind("monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules")
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
POD_MONITOR = Kind("monitoring.coreos.com/v1", "PodMonitor", "podmonitors")
ALERTMANAGER_CONFIG = Kind("monitoring.coreos.com/v1alpha1", "AlertmanagerConfig", "alertmanagerconfigs")
ALERTMANAGER = Kind("monitoring.coreos.com/v1", "Alertmanager", "alertmanagers")
SERVICE = Kind("v1", "Service", "services")
NAMESPACE = Kind("v1", "Namespace", "namespaces", False)
LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")
SECRET = Kind("v1", "Secret", "secrets")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
STATEFUL_SET = Kind("apps/v1", "StatefulSet", "statefulsets")
DAEMON_SET = Kind("apps/v1", "DaemonSet", "daemonsets")
POD = Kind("v1", "Pod", "pods")
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
AUTHORIZATION_POLICY = Kind("security.istio.io/v1", "AuthorizationPolicy", "authorizationpolicies")
CILIUM_NETWORK_POLICY = Kind("cilium.io/v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies")
REPLICA_SET = Kind("apps/v1", "ReplicaSet", "replicasets")
CONTROLLER_REVISION = Kind("apps/v1", "ControllerRevision", "controllerrevisions")
MUTATING_WEBHOOK = Kind(
    "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", False
)
CLUSTER_ROLE = Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", False)

CHILDREN = (PROMETHEUS_RULE, CONFIG_MAP, POD_MONITOR, SERVICE, ALERTMANAGER_CONFIG)
"""The kinds of children that we make, watch and prune."""
FOREIGN_POLICIES = (AUTHORIZATION_POLICY, CILIUM_NETWORK_POLICY)
"""Kinds of policies that only some clusters have."""
WORKLOADS = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET)
"""The kinds of targets whose pods can be given an evaluator."""

_BY_NAME = {
    kind.kind: kind for kind in (MODEL_MONITOR, *CHILDREN, *WORKLOADS, LEASE, POD, SECRET, MUTATING_WEBHOOK)
}


def of(manifest: Mapping[str, Any]) -> Kind:
    """Return the kind of a manifest."""
    return _BY_NAME[manifest["kind"]]
