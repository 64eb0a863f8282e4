"""Who may do what, asked of the API server."""

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cluster.control_plane import ControlPlane

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


@dataclass(frozen=True, order=True)
class Access:
    """One thing that somebody may be allowed to do; no namespace: in the whole cluster."""

    resource: str
    """As RBAC names it: `deployments.apps`, `modelmonitors.modelmonitor.dev/status`."""
    verb: str
    namespace: str = ""
    name: str = ""

    def review(self, user: str, groups: list[str]) -> dict[str, object]:
        """Ask whether the user may."""
        path, _, subresource = self.resource.partition("/")
        resource, _, group = path.partition(".")
        attributes = {
            "verb": self.verb,
            "group": group,
            "resource": resource,
            "subresource": subresource,
            "namespace": self.namespace,
            "name": self.name,
        }
        return {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "groups": groups, "resourceAttributes": attributes},
        }


def every(resources: Iterable[str], verbs: Iterable[str] = VERBS) -> set[Access]:
    """Give every verb on every resource."""
    return {Access(*it) for it in itertools.product(resources, verbs)}


def within(accesses: Iterable[Access], *namespaces: str) -> set[Access]:
    """Give the same in each of these namespaces."""
    return {replace(it, namespace=namespace) for it in accesses for namespace in namespaces}


def granted(cluster: ControlPlane, user: str, asked: Iterable[Access]) -> set[Access]:
    """Give what of this the user may do; a service account is in its groups."""
    groups = ["system:authenticated"]
    if user.startswith("system:serviceaccount:"):
        groups += ["system:serviceaccounts", f"system:serviceaccounts:{user.split(':')[2]}"]
    questions = sorted(asked)
    reviews = {"apiVersion": "v1", "kind": "List", "items": [it.review(user, groups) for it in questions]}
    answers = cluster.kubectl(
        "create", "-f", "-", "-o", 'jsonpath={.status.allowed}{"\\n"}', input=json.dumps(reviews)
    )
    return {it for it, answer in zip(questions, answers.splitlines(), strict=True) if answer == "true"}
