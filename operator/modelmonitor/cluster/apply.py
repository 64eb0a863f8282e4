"""Children as they should be: server-side apply of what differs, pruning of what is no longer wanted."""

import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from modelmonitor import wire
from modelmonitor.cluster import content, kinds
from modelmonitor.cluster.family import ChildKey, Family, MonitorKey, owner_uid
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.errors import OwnedByOther


class Cluster(Protocol):
    """What we need of a cluster to keep children: the real one (`client`) or the one in memory."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return an object, or None."""

    async def apply(self, manifest: Object, *, force: bool, subresource: str = "") -> Object:
        """Apply a manifest on the server."""

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """Delete the object of this uid."""


Wrote = Callable[[MonitorKey, ChildKey, str], None]
_Left = tuple[str, str, str]
"""How we left a child: its owner's uid, the hash of its content, its version."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The monitor whose children these are."""

    key: MonitorKey
    uid: str


class Applier:
    """Keep the children of monitors as planned, with as few calls as possible.

    A child whose live version is the one that we left, with the content that we want, costs no call at all.

    Parameters
    ----------
    wrote
        Called with the monitor, the child and the verb after every write.
    """

    def __init__(self, cluster: Cluster, family: Family, wrote: Wrote) -> None:
        self.cluster = cluster
        self.family = family
        self.wrote = wrote
        self._left: dict[MonitorKey, dict[ChildKey, _Left]] = {}

    def settled(self, owner: Owner, key: ChildKey, wanted: str) -> bool:
        """Tell whether a child is, for all we know, as we left it and as it is wanted."""
        live = self.family.get(key)
        left = self._left.get(owner.key, {}).get(key)
        return live is not None and left == (owner.uid, wanted, live.version)

    async def ensure(self, owner: Owner, manifest: Object) -> None:
        """Make a child as its manifest says; nothing is written when it is so already.

        Raises
        ------
        OwnedByOther
            If an object of that name is there that is not this monitor's; it is not touched.
        """
        key, wanted = key_of(manifest), content.digest(manifest)
        if self.settled(owner, key, wanted):
            return
        complete = content.owned(manifest, owner.key, owner.uid)
        live = await self.cluster.get(kinds.of(manifest), key[1], key[2])
        if live is None:
            live = await self._create(owner.key, complete)
        elif not _ours(live, owner.key):
            raise OwnedByOther(_taken(live, owner.key))
        elif not content.holds(live, complete):
            live = await self._update(owner.key, complete, live["metadata"]["resourceVersion"])
        left = (owner.uid, wanted, live["metadata"]["resourceVersion"])
        self._left.setdefault(owner.key, {})[key] = left
        self.family.see(key[0], live)

    async def prune(self, owner: Owner, keep: Collection[ChildKey]) -> None:
        """Delete this monitor's children that are no longer wanted."""
        for key, live in list(self.family.of(owner.key).items()):
            if key not in keep and live.owner == owner.uid:
                kind = next(one for one in kinds.CHILDREN if one.kind == key[0])
                await self.cluster.delete(kind, key[1], key[2], live.uid)
                self.wrote(owner.key, key, "delete")
                self._left.get(owner.key, {}).pop(key, None)
                self.family.lose(key)

    def forget(self, monitor: MonitorKey) -> None:
        """Drop what is remembered of the children of a monitor that is gone."""
        self._left.pop(monitor, None)

    async def _create(self, owner: MonitorKey, manifest: Object) -> Object:
        """Unforced: should somebody else make an object of this name right now, it is not touched."""
        created = await self.cluster.apply(manifest, force=False)
        self.wrote(owner, key_of(manifest), "create")
        return created

    async def _update(self, owner: MonitorKey, manifest: Object, version: str) -> Object:
        """Force it, for this is ours; but only onto the version that we looked at."""
        precondition = {**manifest["metadata"], "resourceVersion": version}
        updated = await self.cluster.apply({**manifest, "metadata": precondition}, force=True)
        self.wrote(owner, key_of(manifest), "update")
        return updated


def key_of(manifest: Object) -> ChildKey:
    """Return the key of a manifest."""
    about = manifest["metadata"]
    return (sys.intern(manifest["kind"]), sys.intern(about["namespace"]), sys.intern(about["name"]))


def _ours(live: Object, monitor: MonitorKey) -> bool:
    labelled = live["metadata"].get("labels", {}).get(wire.LABEL_MONITOR) == monitor[1]
    return labelled and bool(owner_uid(live, monitor[1]))


def _taken(live: Object, monitor: MonitorKey) -> str:
    about = live["metadata"]
    owners = [f"{one['kind']} {one['name']}" for one in about.get("ownerReferences", ())]
    managers = sorted({one.get("manager", "") for one in about.get("managedFields", ())} - {""})
    whose = (
        f"owned by {', '.join(owners)}" if owners else f"written by {', '.join(managers) or 'nobody known'}"
    )
    return (
        f"{live['kind']} {about['namespace']}/{about['name']}: expected the name free or owned by "
        f"{wire.KIND} {monitor[1]}, got an object {whose}; delete or rename one of the two"
    )
