"""The monitors that there are: one small record each, for thousands must fit into memory."""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from modelmonitor import wire
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.shelf import Place
from modelmonitor.errors import TargetShared

Target = tuple[str, str, str, str]
"""Namespace, API group, kind and name of a workload."""
_Where = TypeVar("_Where", Target, Place)

_KEPT_METADATA = (
    "name",
    "namespace",
    "uid",
    "generation",
    "creationTimestamp",
    "annotations",
    "deletionTimestamp",
)


@dataclass(frozen=True, slots=True)
class Record:
    """One monitor as last seen; its object is kept compressed."""

    key: MonitorKey
    uid: str
    generation: int
    age: tuple[str, str]
    """Creation time and name: the smaller, the older."""
    target: Target
    reference: Place
    """Of an empty name where none is named."""
    suspended_by_annotation: bool
    leaving: bool
    packed: bytes

    def body(self) -> dict[str, Any]:
        """Unpack the object."""
        found: dict[str, Any] = json.loads(zlib.decompress(self.packed))
        return found

    def alike(self, other: "Record | None") -> bool:
        """Tell whether another record of this monitor asks for the same; its status does not count."""
        return other is not None and _wishes(self) == _wishes(other)


def record(body: Mapping[str, Any]) -> Record:
    """Make the record of an object."""
    about = body["metadata"]
    key = (about["namespace"], about["name"])
    kept = {
        "apiVersion": body.get("apiVersion", wire.API_VERSION),
        "kind": body.get("kind", wire.KIND),
        "metadata": {name: about[name] for name in _KEPT_METADATA if name in about},
        "spec": body.get("spec", {}),
        "status": body.get("status", {}),
    }
    return Record(
        key=key,
        uid=about["uid"],
        generation=about.get("generation", 0),
        age=(about.get("creationTimestamp", ""), key[1]),
        target=_target(key[0], body.get("spec", {})),
        reference=_reference(key[0], body.get("spec", {})),
        suspended_by_annotation=about.get("annotations", {}).get(wire.ANNOTATION_SUSPEND) == "true",
        leaving="deletionTimestamp" in about,
        packed=zlib.compress(json.dumps(kept, ensure_ascii=False).encode(), level=1),
    )


class Monitors:
    """All monitors, and which of them share a target or a reference."""

    def __init__(self) -> None:
        self._records: dict[MonitorKey, Record] = {}
        self._by_target: dict[Target, set[MonitorKey]] = {}
        self._by_reference: dict[Place, set[MonitorKey]] = {}

    def __len__(self) -> int:
        """Count the monitors."""
        return len(self._records)

    def __iter__(self) -> Iterator[MonitorKey]:
        """Yield the keys as they are now, whatever changes meanwhile."""
        return iter(list(self._records))

    def get(self, key: MonitorKey) -> Record | None:
        """Return the record of a monitor."""
        return self._records.get(key)

    def see(self, body: Mapping[str, Any]) -> set[MonitorKey]:
        """Remember a monitor; return whom to visit for it: itself, and those it shares targets with."""
        new = record(body)
        old = self._records.get(new.key)
        if new.alike(old):
            self._records[new.key] = new
            return set()
        concerned = self.lose(new.key) | self._by_target.get(new.target, set())
        self._records[new.key] = new
        self._by_target.setdefault(new.target, set()).add(new.key)
        self._by_reference.setdefault(new.reference, set()).add(new.key)
        return concerned | {new.key}

    def note(self, body: Mapping[str, Any]) -> None:
        """Remember the status that we wrote; a spec that came back anew is left to its event."""
        new = record(body)
        if new.alike(self._records.get(new.key)):
            self._records[new.key] = new

    def lose(self, key: MonitorKey) -> set[MonitorKey]:
        """Forget a monitor; return those that shared its target."""
        old = self._records.pop(key, None)
        if old is None:
            return set()
        _drop(self._by_reference, old.reference, key)
        return _drop(self._by_target, old.target, key)

    def naming(self, reference: Place) -> set[MonitorKey]:
        """Return the monitors that name a ConfigMap as their reference."""
        return set(self._by_reference.get(reference, ()))

    def elder(self, key: MonitorKey) -> Record | None:
        """Return the oldest other monitor of the same target, if it is older than this one."""
        own = self._records[key]
        others = [self._records[one] for one in self._by_target[own.target] if one != key]
        older = [one for one in others if one.age < own.age and not one.leaving]
        return min(older, key=lambda one: one.age, default=None)


def shared(record: Record, elder: Record) -> TargetShared:
    """Return why a monitor is not acted upon whose target an older one watches."""
    _, _, kind, name = record.target
    return TargetShared(
        f"spec.targetRef: expected a workload that no other monitor of the namespace watches, got {kind} "
        f"{name} of the older {wire.KIND} {elder.key[1]}; put all objectives there, or delete one of the two"
    )


def _target(namespace: str, spec: Mapping[str, Any]) -> Target:
    reference = spec.get("targetRef") or {}
    group = str(reference.get("apiVersion", "apps/v1")).rpartition("/")[0]
    return (namespace, group, str(reference.get("kind", "Deployment")), str(reference.get("name", "")))


def _reference(namespace: str, spec: Mapping[str, Any]) -> Place:
    named = (spec.get("reference") or {}).get("configMapRef") or {}
    return (namespace, str(named.get("name", "")))


def _drop(index: dict[_Where, set[MonitorKey]], where: _Where, key: MonitorKey) -> set[MonitorKey]:
    """Take a monitor out of an index; return those that stay there."""
    staying = index[where]
    staying.discard(key)
    if not staying:
        del index[where]
    return set(staying)


def _wishes(one: Record) -> Any:
    return (one.uid, one.generation, one.suspended_by_annotation, one.leaving, one.target)
