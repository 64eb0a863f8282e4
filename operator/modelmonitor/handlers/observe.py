"""Asking Prometheus for all monitors at once: a few queries per round, whatever the number of monitors."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import aiohttp

from modelmonitor.api.duration import Duration
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.prometheus import (
    MOST_BYTES,
    MOST_BYTES_OF_OTHERS,
    LoadedGroup,
    Prometheus,
)
from modelmonitor.errors import PrometheusError
from modelmonitor.handlers import snapshot
from modelmonitor.handlers.planned import Planned
from modelmonitor.handlers.snapshot import Snapshot
from modelmonitor.plan import names
from modelmonitor.report.outcome import Evidence, Loading

RULES_ARE_TRUSTED = 300.0
"""Seconds until rules that were loaded and well are looked at again."""
REST_PER_SECOND = 10.0
"""Who takes a second to answer is asked again after ten: a slow one must not keep us from other monitors."""
SLOW = 1.0
Failed = Callable[[], None]
Groups = tuple[tuple[str, int], ...]
"""Names of groups, and how many rules each has."""


@dataclass(slots=True)
class Source:
    """One Prometheus, asked at most once a round, a slow one less often; failures are remembered as well."""

    prometheus: Prometheus
    fresh_for: float
    failed: Failed
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _good_until: float = -1e9
    _found: Snapshot | PrometheusError | None = None
    _loading: dict[MonitorKey, tuple[float, Groups, Loading]] = field(default_factory=dict)

    async def evidence(self, key: MonitorKey, planned: Planned) -> Evidence | PrometheusError:
        """Return what this Prometheus says of a monitor, or why it says nothing."""
        found = await self._snapshot()
        if isinstance(found, PrometheusError):
            return found
        began = time.monotonic()
        try:
            loading = await self._loaded(key, planned.groups)
        except PrometheusError as error:
            self.failed()
            if time.monotonic() - began >= SLOW:
                self._remember(error, began)
            return error
        sights = {one.name: found.sight((*key, one.name)) for one in planned.promises}
        counted = found.counted_by(key)
        return Evidence(sights, loading, found.retention, _seconds(found.retention), counted)

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of a monitor that is gone."""
        self._loading.pop(key, None)

    async def _snapshot(self) -> Snapshot | PrometheusError:
        async with self._lock:
            began = time.monotonic()
            if self._found is not None and began < self._good_until:
                return self._found
            found: Snapshot | PrometheusError
            self._found = None  # all who ask wait for the next: hold but one
            try:
                found = await snapshot.take(self.prometheus)
            except PrometheusError as error:
                self.failed()
                found = error
            self._remember(found, began)
            return found

    def _remember(self, found: Snapshot | PrometheusError, began: float) -> None:
        now = time.monotonic()
        self._found = found
        self._good_until = now + max(self.fresh_for, REST_PER_SECOND * (now - began))

    async def _loaded(self, key: MonitorKey, groups: Groups) -> Loading:
        at, of, loading = self._loading.get(key, (0.0, (), Loading()))
        well = not loading.missing and not loading.error and of == groups
        if not well or time.monotonic() - at >= RULES_ARE_TRUSTED:
            found = await self.prometheus.rules({names.NAMESPACE: key[0], names.MONITOR: key[1]})
            loading = _compare(groups, found)
            self._loading[key] = (time.monotonic(), groups, loading)
        return loading


class Sources:
    """The Prometheuses that monitors name, or the operator by default; none is kept that nobody names."""

    def __init__(
        self, session: aiohttp.ClientSession, default: str, fresh_for: float, failed: Failed
    ) -> None:
        self._session = session
        self._default = default
        self._fresh_for = fresh_for
        self._failed = failed
        self._by_url: dict[str, Source] = {}
        self._url_of: dict[MonitorKey, str] = {}

    async def evidence(self, key: MonitorKey, planned: Planned) -> Evidence | PrometheusError | None:
        """Return what its Prometheus says of a monitor; None where none is configured."""
        url = planned.prometheus_url or self._default
        if self._url_of.get(key, url) != url:
            self.forget(key)
        if not url:
            return None
        self._url_of[key] = url
        return await self._at(url).evidence(key, planned)

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of a monitor that is gone."""
        url = self._url_of.pop(key, "")
        if url in self._by_url:
            self._by_url[url].forget(key)
            if url not in self._url_of.values():
                del self._by_url[url]

    def _at(self, url: str) -> Source:
        if url not in self._by_url:
            most = MOST_BYTES if url == self._default else MOST_BYTES_OF_OTHERS
            self._by_url[url] = Source(Prometheus(self._session, url, most), self._fresh_for, self._failed)
        return self._by_url[url]


def _compare(groups: Groups, found: Iterable[LoadedGroup]) -> Loading:
    """Say which groups are not there with all their rules, and what ails those that are."""
    found = list(found)
    there = {(group.name, group.rules) for group in found}
    missing = tuple(name for name, rules in groups if (name, rules) not in there)
    return Loading(missing, next((group.error for group in found if group.error), ""))


def _seconds(retention: str) -> float | None:
    try:
        return float(Duration.parse(retention).exact_seconds) or None
    except (OverflowError, ValueError):  # Thanos has other words, or none
        return None
