"""Comparing what we want of an object with what it is: fields of other writers do not count."""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from modelmonitor import wire
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.kinds import Object


def digest(manifest: Mapping[str, Any]) -> str:
    """Return the hash of a manifest, the same for the same content."""
    canonical = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sys.intern(hashlib.sha256(canonical.encode()).hexdigest()[:16])


def owned(manifest: Mapping[str, Any], owner: MonitorKey, uid: str) -> Object:
    """Return the manifest as we apply it: with its owner, with which it is deleted, and its hash."""
    reference = {
        "apiVersion": wire.API_VERSION,
        "kind": wire.KIND,
        "name": owner[1],
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }
    about = manifest["metadata"]
    annotations = {**about.get("annotations", {}), wire.ANNOTATION_HASH: digest(manifest)}
    return {**manifest, "metadata": {**about, "annotations": annotations, "ownerReferences": [reference]}}


def holds(live: Any, wanted: Any) -> bool:
    """Tell whether all that is wanted is there; what is there besides is somebody else's.

    A list whose entries have names is compared name by name, as the API server merges it; any other in order.

    Examples
    --------
    >>> holds({"a": 1, "theirs": 2}, {"a": 1}), holds({"a": [1, 2]}, {"a": [1]})
    (True, False)
    """
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(
            name in live and holds(live[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(live, list) and _holds_list(live, wanted)
    return bool(live == wanted)


def _holds_list(live: Sequence[Any], wanted: Sequence[Any]) -> bool:
    if wanted and _named(wanted) and _named(live):
        by_name = {entry["name"]: entry for entry in live}
        return all(entry["name"] in by_name and holds(by_name[entry["name"]], entry) for entry in wanted)
    return len(live) == len(wanted) and all(map(holds, live, wanted))


def _named(entries: Sequence[Any]) -> bool:
    return all(isinstance(entry, Mapping) and "name" in entry for entry in entries)
