"""What is known of the children of all monitors: identity and version, never their content."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelmonitor import wire

ChildKey = tuple[str, str, str]
"""Kind, namespace, name."""
MonitorKey = tuple[str, str]
"""Namespace, name."""


@dataclass(frozen=True, slots=True)
class Live:
    """A child as the API last showed it."""

    uid: str
    version: str
    owner: str
    """The uid of the monitor that owns it; empty where none does."""


class Family:
    """The children that live, by the monitor that they are labelled with.

    What their names are made of is the same text for all who remember a child: there are many.
    """

    def __init__(self) -> None:
        self._by_monitor: dict[MonitorKey, dict[ChildKey, Live]] = {}
        self._monitor_of: dict[ChildKey, MonitorKey] = {}

    def see(self, kind: str, body: Mapping[str, Any]) -> MonitorKey | None:
        """Remember a child; return its monitor if this is news."""
        about = body["metadata"]
        key = (kind, sys.intern(about["namespace"]), sys.intern(about["name"]))
        monitor = sys.intern(about.get("labels", {}).get(wire.LABEL_MONITOR, ""))
        live = Live(about["uid"], about["resourceVersion"], sys.intern(owner_uid(body, monitor)))
        if self._monitor_of.get(key) == (key[1], monitor) and self.get(key) == live:
            return None
        self.lose(key)
        self._monitor_of[key] = (key[1], monitor)
        self._by_monitor.setdefault((key[1], monitor), {})[key] = live
        return (key[1], monitor)

    def lose(self, key: ChildKey) -> MonitorKey | None:
        """Forget a child; return its monitor if it was known."""
        monitor = self._monitor_of.pop(key, None)
        if monitor is not None:
            children = self._by_monitor[monitor]
            del children[key]
            if not children:
                del self._by_monitor[monitor]
        return monitor

    def get(self, key: ChildKey) -> Live | None:
        """Return what is known of a child."""
        monitor = self._monitor_of.get(key)
        return None if monitor is None else self._by_monitor[monitor][key]

    def of(self, monitor: MonitorKey) -> Mapping[ChildKey, Live]:
        """Return the children that carry a monitor's label."""
        return self._by_monitor.get(monitor, {})

    def keys(self, kind: str, namespace: str | None) -> Iterator[ChildKey]:
        """Yield the known children of a kind, in a namespace (None: in all)."""
        yield from [key for key in self._monitor_of if key[0] == kind and namespace in {None, key[1]}]


def owner_uid(body: Mapping[str, Any], monitor: str) -> str:
    """Return the uid of an object's owner, if that is a monitor of this name; else nothing."""
    for owner in body["metadata"].get("ownerReferences", ()):
        group = owner["apiVersion"].partition("/")[0]
        if (group, owner["kind"], owner["name"]) == (wire.GROUP, wire.KIND, monitor):
            return str(owner["uid"])
    return ""
