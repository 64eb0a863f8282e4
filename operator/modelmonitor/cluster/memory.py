"""A cluster in memory, for fast tests of what visits do: it refuses what a real API server refuses.

It knows applied fields by manager, owners, versions and uids; it knows no schemas, no defaults and no merging
of lists: a list belongs to whoever applied it last.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from modelmonitor import wire
from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import ChildKey, Family
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.cluster.sighted import Sighted
from modelmonitor.decide import pod, workload
from modelmonitor.decide.pod import Pod
from modelmonitor.decide.workload import Workload
from modelmonitor.errors import Conflict, FieldTaken, Forbidden, KindMissing, Protected

Path = tuple[str, ...]
_IDENTITY = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}
_PRECONDITIONS = {("metadata", "uid"), ("metadata", "resourceVersion")}
_LABELS = {kinds.POD.kind: wire.LABEL_INJECT} | {it.kind: wire.LABEL_MONITORED_BY for it in kinds.WORKLOADS}
"""The labels by which watches select; children are told apart by theirs."""


class Impossible(AssertionError):
    """A test asks for a world that no API server would hold."""


@dataclass(slots=True)
class Memory:
    """A cluster in memory; whoever uses it in a test plays everybody but us.

    Attributes
    ----------
    family, pods, workloads
        What watches would have told us of children, of pods that ask for an evaluator, of marked workloads.
    reads
        Kind and name of all that we read, in order.
    looks
        Kind and name of all whose metadata we read, in order.
    writes
        Verb, kind and name of all that we wrote, in order.
    missing, forbidden, hidden
        Kinds that the cluster does not serve, that we must not write, that we must not read.
    protected
        Names of pods that a PodDisruptionBudget keeps.
    now
        The clock of the API server.
    """

    family: Family
    pods: Sighted[Pod] = field(default_factory=lambda: Sighted(pod.of))
    workloads: Sighted[Workload] = field(default_factory=lambda: Sighted(workload.of))
    reads: list[tuple[str, str]] = field(default_factory=list)
    looks: list[tuple[str, str]] = field(default_factory=list)
    writes: list[tuple[str, str, str]] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    protected: set[str] = field(default_factory=set)
    now: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)
    _objects: dict[ChildKey, Object] = field(default_factory=dict)
    _held: dict[ChildKey, dict[str, set[Path]]] = field(default_factory=dict)
    _written: dict[tuple[ChildKey, str], str] = field(default_factory=dict)
    _version: int = 0

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return an object, or None."""
        self._show(kind)
        self.reads.append((kind.kind, name))
        return self.find(kind.kind, namespace, name)

    async def look(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Return the metadata of an object, or None."""
        self._show(kind)
        self.looks.append((kind.kind, name))
        found = self.find(kind.kind, namespace, name)
        return {"metadata": found["metadata"]} if found else None

    async def all(self, kind: Kind, namespace: str | None) -> list[Object]:
        """Return all objects of a kind in a namespace; None: in all."""
        self._show(kind)
        self.reads.append((kind.kind, "*"))
        return self.objects(kind.kind, namespace)

    async def apply(self, manifest: Object, *, force: bool, subresource: str = "") -> Object:
        """Apply a manifest as ours, on the conditions that its uid and resourceVersion make."""
        kind, key = kinds.of(manifest), _key(manifest)
        self._serve(kind)
        if kind.kind in self.forbidden:
            raise Forbidden(f"expected permission to patch {kind.resource}, got 403")
        live = self._objects.get(key)
        for path in _PRECONDITIONS:
            wanted = _at(manifest, path)
            if wanted is not None and (live is None or _at(live, path) != wanted):
                raise Conflict(f"{key}: expected {path[-1]} {wanted}, got {_at(live or {}, path)}")
        if subresource and live is None:
            raise Conflict(f"{key}: expected the object, got none")
        self.writes.append((subresource or "apply", *key[::2]))
        return self.put(manifest, wire.FIELD_MANAGER, force=force)

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """Delete the object of this uid."""
        key = (kind.kind, namespace, name)
        if key in self._objects and self._objects[key]["metadata"]["uid"] == uid:
            self.writes.append(("delete", kind.kind, name))
            self.remove(*key)

    async def evict(self, namespace: str, name: str, uid: str) -> None:
        """Ask the pod of this uid to leave."""
        if name in self.protected:
            raise Protected(f"{name}: expected to be free to leave, got a PodDisruptionBudget")
        key = (kinds.POD.kind, namespace, name)
        if key in self._objects and self._objects[key]["metadata"]["uid"] == uid:
            self.writes.append(("evict", *key[::2]))
            self.remove(*key)

    def put(self, manifest: Object, manager: str = "kubectl", *, force: bool = True) -> Object:
        """Let somebody apply a manifest."""
        key = _key(manifest)
        self._refuse_orphans(manifest)
        held = self._held.setdefault(key, {})
        paths = set(_leaves(manifest)) - _IDENTITY - _PRECONDITIONS
        live = self._objects.get(key) or self._born(manifest)
        others = {path for who, theirs in held.items() if who != manager for path in theirs}
        taken = {path for path in paths & others if _at(live, path) != _at(manifest, path)}
        if taken and not force:
            raise FieldTaken(f"{key}: expected nobody to manage {sorted(taken)[0]}, got others")
        after = copy.deepcopy(live)
        for path in held.get(manager, set()) - paths - others:
            _remove(after, path)
        for path in paths:
            _parent(after, path)[path[-1]] = copy.deepcopy(_at(manifest, path))
        if held.get(manager) != paths or _unlike(live, after):
            self._written[key, manager] = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._held[key] = {who: theirs - taken for who, theirs in held.items()} | {manager: paths}
        if not paths:
            del self._held[key][manager]
        return self._store(key, live, after)

    def replace(self, body: Object, manager: str = "kubectl") -> Object:
        """Let somebody replace an object: what the new one lacks is gone, whoever managed it."""
        key = _key(body)
        live, paths = self._objects[key], set(_leaves(body))
        staying = {path for path in paths if _at(live, path) == _at(body, path)}
        self._held[key] = {
            who: theirs & staying for who, theirs in self._held[key].items() if theirs & staying
        }
        self._held[key][manager] = paths - staying
        self._written[key, manager] = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        return self._store(key, live, copy.deepcopy(body))

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Let somebody delete an object; the garbage collector takes what it owns."""
        gone = self._objects.pop((kind, namespace, name), None)
        if gone is None:
            raise Impossible(f"{kind} {namespace}/{name} is deleted, but it is not there")
        self._held.pop((kind, namespace, name))
        self._seen_by(kind).lose((kind, namespace, name))
        for key, one in list(self._objects.items()):
            if gone["metadata"]["uid"] in _owners(one):
                self.remove(*key)

    def find(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return a copy of an object as it is, without a call."""
        return copy.deepcopy(self._objects.get((kind, namespace, name)))

    def objects(self, kind: str, namespace: str | None) -> list[Object]:
        """Return copies of all objects of a kind in a namespace (None: in all), without a call."""
        return [
            copy.deepcopy(it)
            for key, it in self._objects.items()
            if key[0] == kind and namespace in {None, key[1]}
        ]

    def _show(self, kind: Kind) -> None:
        self._serve(kind)
        if kind.kind in self.hidden:
            raise Forbidden(f"expected permission to get {kind.resource}, got 403")

    def _serve(self, kind: Kind) -> None:
        if kind.kind in self.missing:
            raise KindMissing(f"expected the API to serve {kind.api_version}, got 404; install its CRD")

    def _born(self, manifest: Object) -> Object:
        self._version += 1
        about = {name: manifest["metadata"][name] for name in ("namespace", "name")}
        identity = {name: manifest[name] for name in ("apiVersion", "kind")}
        return {**identity, "metadata": {**about, "uid": f"uid-{self._version}"}}

    def _store(self, key: ChildKey, before: Object, after: Object) -> Object:
        about = after["metadata"]
        about["managedFields"] = [
            {"manager": who, "operation": "Apply", "time": self._written[key, who], "fieldsV1": _tree(theirs)}
            for who, theirs in self._held[key].items()
        ]
        if key not in self._objects or after != before:
            self._version += 1
            about["resourceVersion"] = str(self._version)
            about["generation"] = about.get("generation", 0) + (before.get("spec") != after.get("spec"))
        self._objects[key] = after
        self._show_watches(key, after)
        return copy.deepcopy(after)

    def _show_watches(self, key: ChildKey, body: Object) -> None:
        """Tell whoever watches objects of this kind and label."""
        seen = self._seen_by(key[0])
        label = _LABELS.get(key[0])
        if label is not None and label not in (body["metadata"].get("labels") or {}):
            seen.lose(key)
        elif key[0] != kinds.MODEL_MONITOR.kind:
            seen.see(key[0], body)

    def _seen_by(self, kind: str) -> Family | Sighted[Pod] | Sighted[Workload]:
        if kind == kinds.POD.kind:
            return self.pods
        return self.workloads if kind in _LABELS else self.family

    def _refuse_orphans(self, manifest: Object) -> None:
        uids = {one["metadata"]["uid"] for one in self._objects.values()}
        if absent := _owners(manifest) - uids:
            raise Impossible(f"{_key(manifest)} is owned by {absent}, which are not there")


def _key(manifest: Object) -> ChildKey:
    return (manifest["kind"], manifest["metadata"]["namespace"], manifest["metadata"]["name"])


def _owners(manifest: Object) -> set[str]:
    return {one["uid"] for one in manifest["metadata"].get("ownerReferences", ())}


def _leaves(value: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    for name, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield from _leaves(inner, (*above, name))
        else:
            yield (*above, name)


def _tree(paths: set[Path]) -> Object:
    """Write fields as `managedFields` does."""
    tree: Object = {}
    for path in sorted(paths):
        _parent(tree, tuple(f"f:{name}" for name in path)).setdefault(f"f:{path[-1]}", {})
    return tree


def _unlike(before: Object, after: Object) -> bool:
    """Tell whether anything but the bookkeeping differs."""
    return {**before, "metadata": None} != {**after, "metadata": None}


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _remove(value: Any, path: Path) -> None:
    """Take a field away, and with it the objects that it leaves empty."""
    _parent(value, path).pop(path[-1], None)
    if len(path) > 1 and not _at(value, path[:-1]):
        _remove(value, path[:-1])


def _parent(value: Any, path: Path) -> dict[str, Any]:
    for name in path[:-1]:
        value = value.setdefault(name, {})
    found: dict[str, Any] = value
    return found
