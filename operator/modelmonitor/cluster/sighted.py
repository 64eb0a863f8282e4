"""Objects that are not ours, of which a watch keeps what decisions need: pods and marked workloads."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

from modelmonitor.cluster.family import ChildKey, MonitorKey


class Concerning(Protocol):
    """What is kept of an object; it names the monitor that it concerns."""

    @property
    def monitor(self) -> str:
        """Name of the monitor, in the object's namespace."""


T = TypeVar("T", bound=Concerning)


class Sighted(Generic[T]):
    """Records of watched objects by their monitor; an object that changes in nothing they keep is no news.

    Parameters
    ----------
    record
        Makes the record of a whole object.
    """

    def __init__(self, record: Callable[[Mapping[str, Any]], T]) -> None:
        self._record = record
        self._monitor_of: dict[ChildKey, str] = {}
        self._by_monitor: dict[MonitorKey, dict[ChildKey, T]] = {}

    def see(self, kind: str, body: Mapping[str, Any]) -> MonitorKey | None:
        """Remember an object; return its monitor if this is news."""
        about = body["metadata"]
        key = (kind, about["namespace"], about["name"])
        new = self._record({"kind": kind, **body})
        if self.get(key) == new:
            return None
        self.lose(key)
        self._monitor_of[key] = new.monitor
        self._by_monitor.setdefault((key[1], new.monitor), {})[key] = new
        return (key[1], new.monitor)

    def lose(self, key: ChildKey) -> MonitorKey | None:
        """Forget an object; return its monitor if it was known."""
        if (name := self._monitor_of.pop(key, None)) is None:
            return None
        monitor = (key[1], name)
        records = self._by_monitor[monitor]
        del records[key]
        if not records:
            del self._by_monitor[monitor]
        return monitor

    def get(self, key: ChildKey) -> T | None:
        """Return what is known of an object."""
        name = self._monitor_of.get(key)
        return None if name is None else self._by_monitor[key[1], name][key]

    def of(self, monitor: MonitorKey) -> list[T]:
        """Return what concerns a monitor."""
        return list(self._by_monitor.get(monitor, {}).values())

    def monitors(self) -> list[MonitorKey]:
        """Return the monitors that anything concerns."""
        return list(self._by_monitor)

    def all(self) -> Iterator[T]:
        """Yield everything that is known."""
        for records in list(self._by_monitor.values()):
            yield from list(records.values())

    def keys(self, kind: str, namespace: str | None) -> Iterator[ChildKey]:
        """Yield the known objects of a kind, in a namespace (None: in all)."""
        yield from [key for key in self._monitor_of if key[0] == kind and namespace in {None, key[1]}]
