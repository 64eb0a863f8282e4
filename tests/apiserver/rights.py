"""The rights that the operator of one namespace needs, no more: what the chart grants it."""

from apiserver.rest import Json

RBAC = "apis/rbac.authorization.k8s.io/v1"
CHILD_VERBS = ["get", "list", "watch", "create", "patch", "delete"]
RULES: list[Json] = [
    {"apiGroups": ["modelmonitor.dev"], "resources": ["modelmonitors"], "verbs": ["list", "watch"]},
    {"apiGroups": ["modelmonitor.dev"], "resources": ["modelmonitors/status"], "verbs": ["patch"]},
    {"apiGroups": ["monitoring.coreos.com"], "resources": ["prometheusrules"], "verbs": CHILD_VERBS},
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": CHILD_VERBS},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
    {
        "apiGroups": ["coordination.k8s.io"],
        "resources": ["leases"],
        "resourceNames": ["modelmonitor"],
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
