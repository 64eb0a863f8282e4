"""Watches of objects' metadata: a kind that is absent or forbidden is remembered, and tried again."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from modelmonitor.cluster.client import Scope
from modelmonitor.cluster.family import ChildKey, MonitorKey
from modelmonitor.cluster.kinds import Object
from modelmonitor.errors import ClusterError, Conflict, Forbidden, KindMissing, Unreachable

SECONDS_TO_NEXT_TRY = {KindMissing: 5.0, Forbidden: 15.0}
LONGEST_BACKOFF = 10.0
PAUSE = 0.5
"""Seconds before an ended watch is taken up again, whatever made an API end it at once."""


class Watchable(Protocol):
    """What we need of a cluster to follow objects."""

    def pages(self, scope: Scope) -> AsyncGenerator[tuple[list[Object], str], None]:
        """Yield the objects in pages, each with the resource version to watch from."""

    def watch(self, scope: Scope, version: str) -> AsyncGenerator[Object, None]:
        """Yield the events of a watch."""


class Seen(Protocol):
    """What is known of the objects that are watched; it tells whom news concern."""

    def see(self, kind: str, body: Object) -> MonitorKey | None:
        """Remember an object; return whom it concerns if this is news."""

    def lose(self, key: ChildKey) -> MonitorKey | None:
        """Forget an object; return whom that concerns."""

    def keys(self, kind: str, namespace: str | None) -> Iterable[ChildKey]:
        """Yield the known objects of a namespace (None: of all)."""


@dataclass(slots=True)
class Watch:
    """One watch, which never ends: it feeds what is known and tells whom each change concerns.

    Attributes
    ----------
    seen
        The family, which tells a child's monitor; or the shelf, which tells a reference's place.
    news
        Called with whom every object concerns that changed, appeared or vanished.
    revived
        Called when the watch works again, or for the first time.
    problem
        Why nothing can be seen at the moment; None while all is well.
    """

    cluster: Watchable
    scope: Scope
    seen: Seen
    news: Callable[[MonitorKey], None]
    revived: Callable[[], None]
    problem: ClusterError | None = None
    tried: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Follow the objects until cancelled."""
        failures = 0
        while True:
            try:
                version = await self._list()
                failures = 0
                self._works()
                await self._follow(version)
            except Conflict:  # 410: the version is too old to go on from
                await asyncio.sleep(PAUSE)
            except ClusterError as error:
                self.problem = error
                self.tried.set()
                failures += 1
                backoff = min(LONGEST_BACKOFF, 0.5 * 2 ** min(failures, 5))
                await asyncio.sleep(SECONDS_TO_NEXT_TRY.get(type(error), backoff))

    def _works(self) -> None:
        had_problem, self.problem = self.problem is not None, None
        if had_problem or not self.tried.is_set():
            self.tried.set()
            self.revived()

    async def _list(self) -> str:
        """See all that there is, forget what is no more."""
        kind, version = self.scope.kind.kind, ""
        gone = set(self.seen.keys(kind, self.scope.namespace))
        async with contextlib.aclosing(self.cluster.pages(self.scope)) as pages:
            async for page, version in pages:  # noqa: B007
                for body in page:
                    gone.discard((kind, body["metadata"]["namespace"], body["metadata"]["name"]))
                    self._see(body)
        for key in gone:
            self._tell(self.seen.lose(key))
        return version

    async def _follow(self, version: str) -> None:
        while True:
            async with contextlib.aclosing(self.cluster.watch(self.scope, version)) as events:
                async for event in events:
                    version = self._take(event["type"], event["object"]) or version
            await asyncio.sleep(PAUSE)

    def _take(self, what: str, body: dict[str, Any]) -> str:
        if what == "ERROR":
            message = f"watch {self.scope.kind.resource}: expected events, got {body.get('message')}"
            raise (Conflict if body.get("code") == 410 else Unreachable)(message)
        about = body["metadata"]
        if what == "DELETED":
            self._tell(self.seen.lose((self.scope.kind.kind, about["namespace"], about["name"])))
        elif what != "BOOKMARK":
            self._see(body)
        return str(about["resourceVersion"])

    def _see(self, body: Object) -> None:
        self._tell(self.seen.see(self.scope.kind.kind, body))

    def _tell(self, concerned: MonitorKey | None) -> None:
        if concerned is not None:
            self.news(concerned)
