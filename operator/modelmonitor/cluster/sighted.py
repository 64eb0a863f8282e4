"""Objects that are not ours, of which a watch keeps what decisions need: pods and marked workloads."""

import sys
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
        self._records: dict[ChildKey, T] = {}
        self._of: dict[MonitorKey, tuple[ChildKey, ...]] = {}

    def see(self, kind: str, body: Mapping[str, Any]) -> MonitorKey | None:
        """Remember an object; return its monitor if this is news."""
        about = body["metadata"]
        key = (kind, sys.intern(about["namespace"]), about["name"])
        new = self._record({"kind": kind, **body})
        if self.get(key) == new:
            return None
        self.lose(key)
        self._records[key] = new
        monitor = (key[1], new.monitor)
        self._of[monitor] = (*self._of.get(monitor, ()), key)
        return monitor

    def lose(self, key: ChildKey) -> MonitorKey | None:
        """Forget an object; return its monitor if it was known."""
        if (old := self._records.pop(key, None)) is None:
            return None
        monitor = (key[1], old.monitor)
        staying = tuple(one for one in self._of.pop(monitor) if one != key)
        if staying:
            self._of[monitor] = staying
        return monitor

    def get(self, key: ChildKey) -> T | None:
        """Return what is known of an object."""
        return self._records.get(key)

    def of(self, monitor: MonitorKey) -> list[T]:
        """Return what concerns a monitor."""
        return [self._records[key] for key in self._of.get(monitor, ())]

    def monitors(self) -> list[MonitorKey]:
        """Return the monitors that anything concerns."""
        return list(self._of)

    def all(self) -> Iterator[T]:
        """Yield everything that is known."""
        yield from list(self._records.values())

    def keys(self, kind: str, namespace: str | None) -> Iterator[ChildKey]:
        """Yield the known objects of a kind, in a namespace (None: in all)."""
        yield from [key for key in self._records if key[0] == kind and namespace in {None, key[1]}]
