"""What is added to one pod: three reads of the cluster, and the plan's answer."""

import asyncio
import dataclasses
import json
import re
from dataclasses import dataclass
from typing import Protocol

from modelmonitor import wire
from modelmonitor.cluster import kinds
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.errors import NotInjectable, SpecInvalid
from modelmonitor.handlers.admission.review import Review, is_name
from modelmonitor.plan import injection as plan
from modelmonitor.plan.injection import adding
from modelmonitor.wire import reading
from modelmonitor.wire.injection import Injection

_OBJECT_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_REVISION = "controller-revision-hash"


class Reads(Protocol):
    """What we need of a cluster."""

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        """Return an object, or None."""


@dataclass(frozen=True, slots=True)
class Evaluator:
    """What a replica adds, as it was told when it started."""

    image: str
    pull_policy: str


async def operations(cluster: Reads, review: Review, evaluator: Evaluator) -> list[Object]:
    """Return the JSON Patch that adds the evaluator to a pod; where it has one already, at most its label.

    Whoever may write ConfigMaps gets neither an image of theirs into the pod of a model by that, nor a
    Secret: the image is ours, Secrets are those that the ModelMonitor names now, whatever was planned.

    Raises
    ------
    NotInjectable
        If nothing can be added.
    ClusterError
        If the API does not answer.
    """
    if not is_name(review.monitor):
        raise _missing(f"label {wire.LABEL_INJECT}", "the name of a ModelMonitor", repr(review.monitor[:60]))
    if adding.is_injected(review.pod["spec"]):
        # the API server asks twice about a pod that other plugins have changed after us
        return plan.operations(review.pod, adding.labelled(review.pod))
    planned, spec, version = await asyncio.gather(
        _injection(cluster, review), _spec(cluster, review), _version(cluster, review)
    )
    ours = dataclasses.replace(
        _with_secrets(planned, spec), image=evaluator.image, pull_policy=evaluator.pull_policy
    )
    _check(review, planned, ours)
    return plan.operations(review.pod, plan.inject(review.pod, ours, version))


async def _injection(cluster: Reads, review: Review) -> Injection:
    name = wire.config_map(review.monitor)
    found = await cluster.get(kinds.CONFIG_MAP, review.namespace, name)
    where = f"ConfigMap {name}"
    if found is None:
        raise _missing(where, f"one of a ModelMonitor {review.monitor}", "none")
    try:
        document = json.loads((found.get("data") or {})[wire.KEY_INJECTION])
        return reading.read(Injection, document, f"{where}: {wire.KEY_INJECTION}")
    except KeyError:
        raise _missing(where, f"a key {wire.KEY_INJECTION}", "none; has the monitor a `capture`?") from None
    except (ValueError, SpecInvalid) as error:
        raise NotInjectable(f"{where}: {error}", reason="InjectionInvalid") from error


async def _spec(cluster: Reads, review: Review) -> object:
    monitor = await cluster.get(kinds.MODEL_MONITOR, review.namespace, review.monitor)
    return (monitor or {}).get("spec")


def _with_secrets(injection: Injection, spec: object) -> Injection:
    """Return it with the Secrets that the spec of its monitor names."""
    return dataclasses.replace(
        injection,
        redis_secret=_at(spec, "labels", "store", "redis", "secretRef", "name"),
        token_secret=_at(spec, "labels", "tokenSecretRef", "name"),
        reader_secret=_at(spec, "capture", "tokenSecretRef", "name"),
    )


def _at(value: object, *path: str) -> str:
    """Return the text at a path of a spec; empty where there is none."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return str(value or "")


def _check(review: Review, planned: Injection, ours: Injection) -> None:
    """Raise NotInjectable if a name is none, or if anybody could send labels where a token was planned.

    The config that is there still takes them, while the monitor, perhaps, wishes for none any more.
    """
    problems = [str(one) for one in ours.problems()]
    if planned.token_secret and not ours.token_secret:
        expected = "the Secret that the ModelMonitor names"
        problems.append(f"tokenSecret: expected {expected}, got {planned.token_secret}, and there none")
    if problems:
        where = f"ConfigMap {wire.config_map(review.monitor)}: {wire.KEY_INJECTION}"
        raise NotInjectable(f"{where}: {'; '.join(problems)}", reason="InjectionInvalid")


def _missing(where: str, expected: str, got: str) -> NotInjectable:
    return NotInjectable(f"{where}: expected {expected}, got {got}", reason="MonitorMissing")


async def _version(cluster: Reads, review: Review) -> str:
    """Return the version of the pod's template; empty where no controller keeps one."""
    about = review.pod.get("metadata") or {}
    owners = about.get("ownerReferences") or ()
    owner: Object = next((one for one in owners if one.get("controller")), {})
    revision = (about.get("labels") or {}).get(_REVISION, "")
    kind, name, path = _template_of(owner.get("kind"), owner.get("name", ""), revision)
    if not _OBJECT_NAME.fullmatch(name):
        return ""
    found = await cluster.get(kind, review.namespace, name)
    for step in path:
        found = (found or {}).get(step)
    return plan.version(found) if found else ""


def _template_of(kind: object, name: str, revision: str) -> tuple[Kind, str, tuple[str, ...]]:
    """Say which object keeps the template of a pod, and where in it; no name: none does."""
    if kind == "ReplicaSet":
        return kinds.REPLICA_SET, name, ("spec", "template")
    names = {"StatefulSet": revision, "DaemonSet": f"{name}-{revision}"}
    return kinds.CONTROLLER_REVISION, names.get(str(kind), ""), ("data", "spec", "template")
