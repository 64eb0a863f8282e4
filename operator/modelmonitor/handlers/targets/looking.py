"""The target as it is, and what stands against an evaluator in its pods."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.kinds import Object
from modelmonitor.cluster.sighted import Sighted
from modelmonitor.decide import workload
from modelmonitor.decide.workload import Workload
from modelmonitor.errors import Forbidden, KindMissing, NotInjectable
from modelmonitor.handlers.registry import Target
from modelmonitor.handlers.targets.reachable import Reachable
from modelmonitor.plan.injection import foreign_obstacle, obstacle, scrape_warning, service_obstacle
from modelmonitor.wire.injection import Injection

GROUP = kinds.DEPLOYMENT.api_version.partition("/")[0]
TRUSTED = timedelta(minutes=10)
"""After so long Services and NetworkPolicies, which are not watched, are looked at again."""
IDLE = timedelta(minutes=1)
"""The same while nothing can be marked anyway, whatever was said."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A target as it is; None where there is none.

    Attributes
    ----------
    obstacle
        Why no evaluator can be added to its pods.
    warning
        What keeps Prometheus from those that are added; empty: nothing does.
    """

    target: Workload | None = None
    obstacle: NotInjectable | None = None
    warning: str = ""


@dataclass(slots=True)
class Looking:
    """Reads targets; one that a watch shows unchanged, and that was clear lately, is not read again."""

    cluster: Reachable
    workloads: Sighted[Workload]
    now: Callable[[], datetime]
    _clear: dict[MonitorKey, tuple[tuple[str, int, str], datetime]] = field(default_factory=dict)
    """The uid, generation and injection that nothing was said against, and when that was."""
    _idle: dict[MonitorKey, tuple[tuple[str, int, str], datetime, Looked]] = field(default_factory=dict)
    """What was last said while nothing could be marked."""

    async def look(
        self, key: MonitorKey, target: Target, injection: Injection | None, *, idle: bool = False
    ) -> Looked:
        """Return the target of a monitor, and what is to be said against an evaluator in its pods.

        Parameters
        ----------
        idle
            Nothing can be marked now: what was said a moment ago suffices.
        """
        namespace, _, kind, name = target
        seen = self.workloads.get((kind, namespace, name))
        if seen is not None and self._is_clear(key, seen, injection):
            return Looked(seen)
        body = await _body(self.cluster, target)
        if body is None:
            return Looked()
        found = workload.of(body)
        if found.inject == key[1] and self._is_clear(key, found, injection):
            return Looked(found)  # the team has labelled it, so that no watch shows it
        state, at, said = self._idle.pop(key, (None, self.now(), Looked()))
        if idle and state == _state(found, injection) and self.now() - at < IDLE:
            self._idle[key] = (state, at, said)
            return replace(said, target=found)
        against, warning = None, ""
        if injection is not None:
            against, warning = await self._against(namespace, body, injection)
        if against is None and not warning:
            self._clear[key] = (_state(found, injection), self.now())
        if idle:
            self._idle[key] = (_state(found, injection), self.now(), Looked(None, against, warning))
        return Looked(found, against, warning)

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of the target of a monitor."""
        self._clear.pop(key, None)
        self._idle.pop(key, None)

    def _is_clear(self, key: MonitorKey, seen: Workload, injection: Injection | None) -> bool:
        state, at = self._clear.get(key, (None, self.now()))
        return state == _state(seen, injection) and self.now() - at < TRUSTED

    async def _against(
        self, namespace: str, body: Object, injection: Injection
    ) -> tuple[NotInjectable | None, str]:
        template = body["spec"]["template"]
        policies = await self.cluster.all(kinds.NETWORK_POLICY, namespace)
        found = obstacle(template, injection, policies, namespace)
        found = found or foreign_obstacle(template, injection, await self._foreign(namespace, injection))
        if found is not None:
            return found, ""
        services = await self.cluster.all(kinds.SERVICE, namespace)
        warning = scrape_warning(template, injection, policies, namespace)
        return service_obstacle(services, body, injection), warning

    async def _foreign(self, namespace: str, injection: Injection) -> dict[str, list[Object]]:
        """Read the policies of meshes and plugins that this cluster has, as far as we may."""
        found: dict[str, list[Object]] = {}
        for kind in kinds.FOREIGN_POLICIES if injection.port else ():
            with contextlib.suppress(KindMissing, Forbidden):
                found[kind.kind] = await self.cluster.all(kind, namespace)
        return found


def is_known(target: Target) -> bool:
    """Tell whether we can mark the pods of such a target."""
    return target[1] == GROUP and target[2] in {kind.kind for kind in kinds.WORKLOADS}


async def read(cluster: Reachable, target: Target) -> Workload | None:
    """Return the target of a known kind; None where there is none."""
    body = await _body(cluster, target)
    return workload.of(body) if body is not None else None


async def _body(cluster: Reachable, target: Target) -> Object | None:
    namespace, _, named, name = target
    kind = next(kind for kind in kinds.WORKLOADS if kind.kind == named)
    body = await cluster.get(kind, namespace, name)
    return {"kind": named, **body} if body is not None else None


def _state(one: Workload, injection: Injection | None) -> tuple[str, int, str]:
    return (one.uid, one.generation, injection.hash if injection else "")
