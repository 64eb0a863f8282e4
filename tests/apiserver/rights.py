"""The rights that the operator of one namespace needs, no more: what the chart grants it."""

from apiserver.rest import Json

RBAC = "apis/rbac.authorization.k8s.io/v1"
CHILD_VERBS = ["get", "list", "watch", "create", "patch", "delete"]
PROMETHEUS, OURS = "monitoring.coreos.com", "modelmonitor.dev"
RULES: list[Json] = [
    {"apiGroups": [OURS], "resources": ["modelmonitors"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [OURS], "resources": ["modelmonitors/status"], "verbs": ["patch"]},
    {
        "apiGroups": [PROMETHEUS],
        "resources": ["prometheusrules", "podmonitors", "alertmanagerconfigs"],
        "verbs": CHILD_VERBS,
    },
    {"apiGroups": [""], "resources": ["configmaps", "services"], "verbs": CHILD_VERBS},
    {
        "apiGroups": ["apps"],
        "resources": ["deployments", "statefulsets", "daemonsets"],
        "verbs": ["get", "list", "watch", "patch"],
    },
    {"apiGroups": ["apps"], "resources": ["replicasets", "controllerrevisions"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "delete"]},
    {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
    {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["list"]},
    {"apiGroups": [PROMETHEUS], "resources": ["alertmanagers"], "verbs": ["list"]},
    {"apiGroups": [""], "resources": ["namespaces", "secrets"], "verbs": ["get"]},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
    {
        "apiGroups": ["coordination.k8s.io"],
        "resources": ["leases"],
        "resourceNames": ["modelmonitor"],
        "verbs": ["get", "update"],
    },
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
    {
        "apiGroups": [""],
        "resources": ["secrets"],
        "resourceNames": ["modelmonitor-webhook"],
        "verbs": ["get", "update"],
    },
]


def rights(namespace: str, user: str, *, name: str = "operator") -> list[Json]:
    """Give a Role with these rights, and its binding to a user."""
    about = {"name": name, "namespace": namespace}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": about, "rules": RULES}
    subject = {"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}
    reference = {"kind": "Role", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
    binding = {**role, "kind": "RoleBinding", "subjects": [subject], "roleRef": reference}
    del binding["rules"]
    return [role, binding]


def rights_to_configure(namespace: str, user: str) -> list[Json]:
    """Give the ClusterRole to write the webhook's configuration of a namespace, and its binding to a user."""
    name, group = f"modelmonitor-{namespace}", "admissionregistration.k8s.io"
    resource = {"apiGroups": [group], "resources": ["mutatingwebhookconfigurations"]}
    own_role = {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "verbs": ["get"]}
    rules = [
        {**resource, "verbs": ["create"]},
        {**resource, "resourceNames": [name], "verbs": ["get", "update"]},
        {**own_role, "resourceNames": [name]},
    ]
    role, binding = rights(namespace, user, name=name)
    for one in (role, binding):
        one |= {"kind": f"Cluster{one['kind']}", "metadata": {"name": name}}
    return [{**role, "rules": rules}, {**binding, "roleRef": {**binding["roleRef"], "kind": "ClusterRole"}}]
