"""Asking Prometheus for all monitors at once: a few queries per round, whatever the number of monitors."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import aiohttp

from modelmonitor.api.duration import Duration
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.prometheus import (
    MOST_BYTES,
    MOST_BYTES_OF_OTHERS,
    LoadedGroup,
    Prometheus,
    Sample,
)
from modelmonitor.errors import PrometheusError
from modelmonitor.handlers.planned import Planned
from modelmonitor.plan import names
from modelmonitor.report.outcome import Evidence, Loading, Sight

RULES_ARE_TRUSTED = 300.0
"""Seconds until rules that were loaded and well are looked at again."""
REST_PER_SECOND = 10.0
"""Who takes a second to answer is asked again after ten: a slow one must not keep us from other monitors."""
SLOW = 1.0
Failed = Callable[[], None]
Name = tuple[str, str, str]
"""Namespace, monitor, objective."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one Prometheus says of all objectives, at one moment."""

    remaining: Mapping[Name, float]
    burning: frozenset[Name]
    absent: frozenset[Name]
    flowing: frozenset[Name]
    retention: str

    def sight(self, name: Name) -> Sight:
        """Return what is known of one objective."""
        return Sight(
            self.remaining.get(name), name in self.burning, name in self.absent, name in self.flowing
        )


@dataclass(slots=True)
class Source:
    """One Prometheus, asked at most once a round, a slow one less often; failures are remembered as well."""

    prometheus: Prometheus
    fresh_for: float
    failed: Failed
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _good_until: float = -1e9
    _found: Snapshot | PrometheusError | None = None
    _loading: dict[MonitorKey, tuple[float, Mapping[str, int], Loading]] = field(default_factory=dict)

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
        return Evidence(sights, loading, found.retention, _seconds(found.retention))

    def forget(self, key: MonitorKey) -> None:
        """Drop what is remembered of a monitor that is gone."""
        self._loading.pop(key, None)

    async def _snapshot(self) -> Snapshot | PrometheusError:
        async with self._lock:
            began = time.monotonic()
            if self._found is not None and began < self._good_until:
                return self._found
            found: Snapshot | PrometheusError
            try:
                found = await _ask(self.prometheus)
            except PrometheusError as error:
                self.failed()
                found = error
            self._remember(found, began)
            return found

    def _remember(self, found: Snapshot | PrometheusError, began: float) -> None:
        now = time.monotonic()
        self._found = found
        self._good_until = now + max(self.fresh_for, REST_PER_SECOND * (now - began))

    async def _loaded(self, key: MonitorKey, groups: Mapping[str, int]) -> Loading:
        at, of, loading = self._loading.get(key, (0.0, {}, Loading()))
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


async def _ask(prometheus: Prometheus) -> Snapshot:
    budgets = await prometheus.query(names.BUDGET_REMAINING)
    alerts = f'ALERTS{{alertname=~"{names.BURN_ALERT}|{names.ABSENT_ALERT}"}}'
    pending = await prometheus.query(f"max by (alertname, {_BY}) ({alerts})")
    current = await prometheus.query(f"max by ({_BY}) ({names.CURRENT_BURN})")
    return Snapshot(
        remaining=_worst(budgets),
        burning=_named(pending, names.BURN_ALERT),
        absent=_named(pending, names.ABSENT_ALERT),
        flowing=frozenset(_name(sample) for sample in current),
        retention=await prometheus.retention(),
    )


_BY = f"{names.NAMESPACE}, {names.MONITOR}, {names.SLO_NAME}"


def _name(sample: Sample) -> Name:
    label = sample.labels.get
    return (label(names.NAMESPACE, ""), label(names.MONITOR, ""), label(names.SLO_NAME, ""))


def _worst(samples: Iterable[Sample]) -> dict[Name, float]:
    worst: dict[Name, float] = {}
    for sample in samples:
        worst[_name(sample)] = min(sample.value, worst.get(_name(sample), float("inf")))
    return worst


def _named(samples: Iterable[Sample], alert: str) -> frozenset[Name]:
    return frozenset(_name(sample) for sample in samples if sample.labels.get("alertname") == alert)


def _compare(groups: Mapping[str, int], found: Iterable[LoadedGroup]) -> Loading:
    """Say which groups are not there with all their rules, and what ails those that are."""
    found = list(found)
    there = {(group.name, group.rules) for group in found}
    missing = tuple(name for name, rules in groups.items() if (name, rules) not in there)
    return Loading(missing, next((group.error for group in found if group.error), ""))


def _seconds(retention: str) -> float | None:
    try:
        return float(Duration.parse(retention).exact_seconds) or None
    except (OverflowError, ValueError):  # Thanos has other words, or none
        return None
