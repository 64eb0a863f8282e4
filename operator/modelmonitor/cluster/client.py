"""A small client of the Kubernetes API: plain objects, and errors that say what to do."""

import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from modelmonitor import wire
from modelmonitor.cluster import answers, kinds
from modelmonitor.cluster.answers import Request
from modelmonitor.cluster.connection import Connection
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.cluster.transport import SECONDS, Call, Transport
from modelmonitor.errors import Conflict, NotLeading

PAGE = 250
METADATA_ONLY = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"
WATCH_SECONDS = 300
_METHODS = {
    "list": "GET",
    "get": "GET",
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which objects of a kind: those of a namespace (None: of all), with a label."""

    kind: Kind
    namespace: str | None
    label: str = ""
    metadata_only: bool = False
    page: int = PAGE

    def accept(self, suffix: str = "") -> dict[str, str]:
        """Return the header that asks for whole objects, or for their metadata alone."""
        return {"Accept": METADATA_ONLY.format(suffix) if self.metadata_only else "application/json"}


class Client:
    """Read and write objects of one cluster; an async context manager.

    Parameters
    ----------
    fence
        Returns for how many more seconds we may write; by default for ever. Asked before every write, so
        that a replica that lost its lease changes nothing, not even late.
    """

    def __init__(self, connection: Connection, fence: Callable[[], float] = lambda: SECONDS) -> None:
        self.connection = connection
        self.fence = fence
        self._transport = Transport(connection)

    async def __aenter__(self) -> Self:
        """Open the pool of connections."""
        self._transport.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self._transport.close()

    async def serves(self, kind: Kind) -> bool:
        """Tell whether the API serves a kind at all; every account may ask."""
        root = "/apis/" if "/" in kind.api_version else "/api/"
        call = Call(f"discover {kind.api_version}", "GET", root + kind.api_version)
        code, body = await self._transport.call(call)
        resources = json.loads(body).get("resources", ()) if code == 200 else ()
        return any(one["name"] == kind.plural for one in resources)

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        """Return an object, or None."""
        return await self._ask(Request("get", kind, namespace, name))

    async def look(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        """Return the metadata of an object, or None: of a large object this costs next to nothing."""
        headers = Scope(kind, namespace, metadata_only=True).accept()
        return await self._ask(Request("get", kind, namespace, name), headers=headers)

    async def pages(self, scope: Scope) -> AsyncGenerator[tuple[list[Object], str], None]:
        """Yield the objects in pages, each with the resource version to watch from."""
        following = ""
        while True:
            asked = {"limit": str(scope.page), "labelSelector": scope.label, "continue": following}
            query = {name: value for name, value in asked.items() if value}
            request = Request("list", scope.kind, scope.namespace)
            page = await self._ask(request, query=query, headers=scope.accept("List"))
            if page is None:
                return
            yield page["items"] or [], page["metadata"]["resourceVersion"]
            following = page["metadata"].get("continue", "")
            if not following:
                return

    async def all(self, kind: Kind, namespace: str | None) -> list[Object]:
        """Return all objects of a kind in a namespace (None: in all): for kinds of which there are a few."""
        pages = [page async for page, _ in self.pages(Scope(kind, namespace))]
        return [body for page in pages for body in page]

    async def apply(self, manifest: Object, *, force: bool, subresource: str = "") -> Object:
        """Apply a manifest on the server; unforced, a field that another manager set otherwise is a Conflict.

        Of a child, which may be large, only the metadata come back.

        Raises
        ------
        Conflict
            Also when the manifest's uid or resourceVersion is not that of the live object.
        """
        query = {"fieldManager": wire.FIELD_MANAGER, "force": "true" if force else "false"}
        request = _request("patch", manifest, subresource)
        scope = Scope(request.kind, request.namespace, metadata_only=request.kind in kinds.CHILDREN)
        headers = {"Content-Type": "application/apply-patch+yaml", **scope.accept()}
        return await self._write(request, query=query, headers=headers, body=manifest)

    async def create(self, manifest: Object) -> Object:
        """Create an object; Conflict when it exists."""
        return await self._write(_request("create", manifest), body=manifest)

    async def rehearse(self, manifest: Object) -> Object:
        """Return an object as it would be created, changed by webhooks; it is not."""
        return await self._write(_request("create", manifest), query={"dryRun": "All"}, body=manifest)

    async def replace(self, manifest: Object) -> Object:
        """Replace an object of the manifest's resource version; Conflict when it has changed or gone."""
        return await self._write(_request("update", manifest), body=manifest)

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """Delete the object of this uid; nothing happens when it is gone."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": uid}}
        await self._ask(Request("delete", kind, namespace, name), body=options)

    async def evict(self, namespace: str, name: str, uid: str) -> None:
        """Ask the pod of this uid to leave; nothing happens when it is gone.

        Raises
        ------
        Protected
            If a PodDisruptionBudget forbids it for now.
        """
        options = {"preconditions": {"uid": uid}}
        about = {"namespace": namespace, "name": name}
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": about, "deleteOptions": options}
        await self._ask(Request("create", kinds.POD, namespace, name, "eviction"), body=body)

    async def watch(self, scope: Scope, version: str) -> AsyncGenerator[Object, None]:
        """Yield the events of a watch until the API ends it, which it does every five minutes."""
        request = Request("watch", scope.kind, scope.namespace)
        asked = {"watch": "1", "allowWatchBookmarks": "true", "resourceVersion": version,
                 "timeoutSeconds": str(WATCH_SECONDS), "labelSelector": scope.label}  # fmt: skip
        query = {name: value for name, value in asked.items() if value}
        call = Call(str(request), "GET", scope.kind.path(scope.namespace), query, scope.accept())
        async with contextlib.aclosing(self._transport.stream(call)) as lines:
            async for code, line in lines:
                event = answers.read(request, code, line)
                if event is None:
                    return
                yield event

    async def _write(self, request: Request, **asked: Any) -> Object:
        written = await self._ask(request, **asked)
        if written is None:
            raise Conflict(f"{request}: expected the object, got none; it was deleted meanwhile")
        return written

    async def _ask(self, request: Request, **asked: Any) -> Object | None:
        """Make a call; if it writes anything but the lease, only while we may, and not for longer."""
        method, seconds = _METHODS[request.verb], SECONDS
        if method != "GET" and request.kind is not kinds.LEASE:
            seconds = min(SECONDS, self.fence())
            if seconds <= 0:
                raise NotLeading(f"{request}: expected to hold the lease, got none; another replica acts")
        path = request.kind.path(request.namespace, request.name, request.subresource)
        call = Call(str(request), method, path, seconds=seconds, **asked)
        return answers.read(request, *await self._transport.call(call))


def _request(verb: str, manifest: Object, subresource: str = "") -> Request:
    about = manifest["metadata"]
    name = "" if verb == "create" else about["name"]
    return Request(verb, kinds.of(manifest), about.get("namespace"), name, subresource)
