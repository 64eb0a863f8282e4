"""A small client of the Kubernetes API: plain objects, at most 20 connections, errors that say what to do."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from modelmonitor import __version__, wire
from modelmonitor.cluster import answers, kinds
from modelmonitor.cluster.answers import Request
from modelmonitor.cluster.connection import Connection
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.errors import Conflict, NotLeading, Unreachable

MOST_CONNECTIONS = 20
SECONDS = 10.0
"""For one call, the wait for a free connection included."""
PAGE = 250
METADATA_ONLY = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"
WATCH_SECONDS = 300
SILENCE_SECONDS = 90.0
"""Without even a bookmark, which the API sends once a minute, a watch is taken for dead."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which objects of a kind: those of a namespace (None: of all), with a label."""

    kind: Kind
    namespace: str | None
    label: str = ""
    metadata_only: bool = False

    def accept(self, suffix: str = "") -> dict[str, str]:
        """Return the header that asks for whole objects, or for their metadata alone."""
        return {"Accept": METADATA_ONLY.format(suffix) if self.metadata_only else "application/json"}


class Client:
    """Read and write objects of one cluster; an async context manager.

    Parameters
    ----------
    fence
        Returns for how many more seconds we may write; by default for ever. Asked before every write, so that a
        replica that lost its lease changes nothing, not even late.
    """

    def __init__(self, connection: Connection, fence: Callable[[], float] = lambda: SECONDS) -> None:
        self.connection = connection
        self.fence = fence
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool of connections."""
        connector = aiohttp.TCPConnector(limit=MOST_CONNECTIONS, ssl=self.connection.tls)
        agent = {"User-Agent": f"{wire.FIELD_MANAGER}/{__version__}"}
        self._session = aiohttp.ClientSession(
            connector=connector, headers=agent, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        """Close all connections."""
        if self._session:
            await self._session.close()

    async def serves(self, kind: Kind) -> bool:
        """Tell whether the API serves a kind at all; every account may ask."""
        root = "/apis/" if "/" in kind.api_version else "/api/"
        code, body = await self._call("GET", root + kind.api_version, f"discover {kind.api_version}")
        resources = json.loads(body).get("resources", ()) if code == 200 else ()
        return any(one["name"] == kind.plural for one in resources)

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return an object, or None."""
        return await self._ask("GET", Request("get", kind, namespace, name))

    async def pages(self, scope: Scope) -> AsyncIterator[tuple[list[Object], str]]:
        """Yield the objects in pages, each with the resource version to watch from."""
        following = ""
        while True:
            asked = {"limit": str(PAGE), "labelSelector": scope.label, "continue": following}
            page = await self._ask(
                "GET", Request("list", scope.kind, scope.namespace),
                query={name: value for name, value in asked.items() if value}, headers=scope.accept("List"),
            )  # fmt: skip
            if page is None:
                return
            yield page["items"] or [], page["metadata"]["resourceVersion"]
            following = page["metadata"].get("continue", "")
            if not following:
                return

    async def apply(self, manifest: Object, *, force: bool, subresource: str = "") -> Object:
        """Apply a manifest on the server; unforced, a field that another manager owns otherwise is a Conflict.

        Raises
        ------
        Conflict
            Also when the manifest's uid or resourceVersion is not that of the live object.
        """
        about = manifest["metadata"]
        request = Request("patch", kinds.of(manifest), about["namespace"], about["name"], subresource)
        query = {"fieldManager": wire.FIELD_MANAGER, "force": "true" if force else "false"}
        headers = {"Content-Type": "application/apply-patch+yaml"}
        applied = await self._ask("PATCH", request, query=query, headers=headers, body=manifest)
        if applied is None:
            raise Conflict(f"{request}: expected the object, got none; it was deleted meanwhile")
        return applied

    async def create(self, manifest: Object) -> Object:
        """Create an object; Conflict when it exists."""
        about = manifest["metadata"]
        request = Request("create", kinds.of(manifest), about["namespace"])
        created = await self._ask("POST", request, body=manifest)
        if created is None:
            raise Conflict(f"{request}: expected it to be created, got nothing")
        return created

    async def replace(self, manifest: Object) -> Object:
        """Replace an object of the manifest's resource version; Conflict when it has changed or gone."""
        about = manifest["metadata"]
        request = Request("update", kinds.of(manifest), about["namespace"], about["name"])
        replaced = await self._ask("PUT", request, body=manifest)
        if replaced is None:
            raise Conflict(f"{request}: expected the object, got none")
        return replaced

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """Delete the object of this uid; nothing happens when it is gone."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": uid}}
        await self._ask("DELETE", Request("delete", kind, namespace, name), body=options)

    async def watch(self, scope: Scope, version: str) -> AsyncIterator[Object]:
        """Yield the events of a watch until the API ends it, which it does every five minutes."""
        request = Request("watch", scope.kind, scope.namespace)
        query = {"watch": "1", "allowWatchBookmarks": "true", "resourceVersion": version,
                 "timeoutSeconds": str(WATCH_SECONDS)}  # fmt: skip
        query |= {"labelSelector": scope.label} if scope.label else {}
        patience = aiohttp.ClientTimeout(total=None, sock_connect=SECONDS, sock_read=SILENCE_SECONDS)
        headers = self.connection.headers() | scope.accept()
        url = self.connection.server + scope.kind.path(scope.namespace)
        try:
            async with self._open.get(url, params=query, headers=headers, timeout=patience) as answer:
                if answer.status != 200:
                    answers.read(request, answer.status, await answer.read())
                    return
                async for line in _lines(answer.content):
                    yield json.loads(line)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unreachable(f"{request}: expected events, got {_short(error)}") from error

    async def _ask(self, method: str, request: Request, *, query: Mapping[str, str] | None = None,
                   headers: Mapping[str, str] | None = None, body: Any = None) -> Object | None:  # fmt: skip
        seconds = SECONDS
        if (
            method != "GET"
            and request.kind is not kinds.LEASE
            and (seconds := min(SECONDS, self.fence())) <= 0
        ):
            raise NotLeading(f"{request}: expected to hold the lease, got none; another replica acts")
        path = request.kind.path(
            request.namespace, "" if method == "POST" else request.name, request.subresource
        )
        options = {"params": query, "headers": headers, "body": body, "seconds": seconds}
        return answers.read(request, *await self._call(method, path, str(request), **options))

    async def _call(self, method: str, path: str, what: str, *, params: Mapping[str, str] | None = None,
                    headers: Mapping[str, str] | None = None, body: Any = None,
                    seconds: float = SECONDS) -> tuple[int, bytes]:  # fmt: skip
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json", **(headers or {}), **self.connection.headers()}
        url, patience = self.connection.server + path, aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._open.request(
                method, url, params=params, data=data, headers=sent, timeout=patience
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise Unreachable(
                f"{what}: expected an answer of the Kubernetes API, got {_short(error)}"
            ) from error

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise Unreachable("client: expected an open session, got none; enter the client first")
        return self._session


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Cut a stream into lines of any length."""
    pending = bytearray()
    async for piece in content.iter_any():
        pending += piece
        while (end := pending.find(b"\n")) >= 0:
            yield bytes(pending[:end])
            del pending[: end + 1]


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
