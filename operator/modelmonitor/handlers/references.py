"""The references of monitors: read whole when they are news, remembered by their hash alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.cluster.shelf import Place
from modelmonitor.errors import ReferenceUnusable
from modelmonitor.plan import reference
from modelmonitor.plan.reference import Wanted
from modelmonitor.wire.profile import Profile


class Readable(Protocol):
    """What we need of a cluster to read references."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return an object, or None."""

    async def look(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return the metadata of an object, or None."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What one version of a ConfigMap was to a monitor: a profile of this hash, or nothing of use."""

    wanted: Wanted
    version: str
    hash: str = ""
    problem: ReferenceUnusable | None = None


@dataclass(slots=True)
class References:
    """Reads the references that monitors name; of thousands, none is kept.

    Attributes
    ----------
    watched
        Returns the version of a ConfigMap whose watch works and has seen it; None: the API must be asked.
    """

    cluster: Readable
    watched: Callable[[Place], str | None]
    _known: dict[MonitorKey, _Known] = field(default_factory=dict)

    async def hash(self, key: MonitorKey, wanted: Wanted | None) -> str:
        """Return the hash of a monitor's reference; an empty text where it names none.

        Raises
        ------
        ReferenceUnusable
            If there is no profile of this model.
        ClusterError
            If it could not be read.
        """
        if wanted is None:
            return ""
        known = self._known.get(key)
        if known is None or known.wanted != wanted or known.version != await self._version(wanted):
            return (await self._read(key, wanted)).hash
        if known.problem is not None:
            raise _afresh(known.problem)
        return known.hash

    async def profile(self, key: MonitorKey, wanted: Wanted | None) -> Profile | None:
        """Return the reference itself, read anew; raises as `hash` does."""
        return None if wanted is None else await self._read(key, wanted)

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of a monitor that is gone."""
        self._known.pop(key, None)

    async def _version(self, wanted: Wanted) -> str:
        if (version := self.watched((wanted.namespace, wanted.name))) is not None:
            return version
        return _version_of(await self.cluster.look(kinds.CONFIG_MAP, wanted.namespace, wanted.name))

    async def _read(self, key: MonitorKey, wanted: Wanted) -> Profile:
        found = await self.cluster.get(kinds.CONFIG_MAP, wanted.namespace, wanted.name)
        version = _version_of(found)
        try:
            profile = reference.read(wanted, found)
        except ReferenceUnusable as problem:
            self._known[key] = _Known(wanted, version, problem=_afresh(problem))
            raise _afresh(problem) from None
        self._known[key] = _Known(wanted, version, profile.hash)
        return profile


def _afresh(problem: ReferenceUnusable) -> ReferenceUnusable:
    """Return the error without its past, which holds on to the text that could not be read."""
    return type(problem)(str(problem))


def _version_of(body: Mapping[str, Any] | None) -> str:
    """Return the version of an object; an empty text where there is none."""
    return str(body["metadata"]["resourceVersion"]) if body else ""
