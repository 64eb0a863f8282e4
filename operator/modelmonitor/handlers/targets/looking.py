"""The target as it is, and what stands against an evaluator in its pods."""

from dataclasses import dataclass, field

from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.kinds import Object
from modelmonitor.cluster.sighted import Sighted
from modelmonitor.decide import workload
from modelmonitor.decide.workload import Workload
from modelmonitor.errors import NotInjectable
from modelmonitor.handlers.registry import Target
from modelmonitor.handlers.targets.reachable import Reachable
from modelmonitor.plan.injection import obstacle, service_obstacle
from modelmonitor.wire.injection import Injection

GROUP = kinds.DEPLOYMENT.api_version.partition("/")[0]


@dataclass(slots=True)
class Looking:
    """Reads targets; one that a watch shows unchanged, and that nothing stood against, is not read again."""

    cluster: Reachable
    workloads: Sighted[Workload]
    _clear: dict[MonitorKey, tuple[str, int, str]] = field(default_factory=dict)
    """The uid, generation and injection that nothing stood against."""

    async def look(
        self, key: MonitorKey, target: Target, injection: Injection | None
    ) -> tuple[Workload | None, NotInjectable | None]:
        """Return the target of a monitor, None where there is none, and the obstacle."""
        namespace, _, kind, name = target
        seen = self.workloads.get((kind, namespace, name))
        if seen is not None and self._clear.get(key) == _state(seen, injection):
            return seen, None
        body = await self.cluster.get(_kind(kind), namespace, name)
        if body is None:
            return None, None
        found = workload.of({"kind": kind, **body})
        against = await self._obstacle(namespace, body, injection) if injection is not None else None
        if against is None:
            self._clear[key] = _state(found, injection)
        return found, against

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of the target of a monitor."""
        self._clear.pop(key, None)

    async def _obstacle(self, namespace: str, body: Object, injection: Injection) -> NotInjectable | None:
        template = body["spec"]["template"]
        policies = await self.cluster.all(kinds.NETWORK_POLICY, namespace)
        if (found := obstacle(template, injection, policies, namespace)) is not None:
            return found
        services = await self.cluster.all(kinds.SERVICE, namespace)
        return service_obstacle(services, template, injection)


def is_known(target: Target) -> bool:
    """Tell whether we can mark the pods of such a target."""
    return target[1] == GROUP and target[2] in {kind.kind for kind in kinds.WORKLOADS}


def _kind(name: str) -> kinds.Kind:
    return next(kind for kind in kinds.WORKLOADS if kind.kind == name)


def _state(one: Workload, injection: Injection | None) -> tuple[str, int, str]:
    return (one.uid, one.generation, injection.hash if injection else "")
