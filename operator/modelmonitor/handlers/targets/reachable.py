"""What the handlers of targets need of a cluster: the real one (`client`) or the one in memory."""

from typing import Protocol

from modelmonitor.cluster.kinds import Kind, Object


class Reachable(Protocol):
    """Read and write objects that belong to others."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return an object, or None."""

    async def look(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return the metadata of an object, or None."""

    async def all(self, kind: Kind, namespace: str) -> list[Object]:
        """Return all objects of a kind in a namespace."""

    async def apply(self, manifest: Object, *, force: bool, subresource: str = "") -> Object:
        """Apply a manifest on the server."""

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """Delete the object of this uid."""

    async def evict(self, namespace: str, name: str, uid: str) -> None:
        """Ask the pod of this uid to leave."""
