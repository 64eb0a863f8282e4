"""A profile as text: bare JSON for an evaluator that runs alone, or a ConfigMap for one in a cluster."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelmonitor import __version__, wire
from modelmonitor.errors import Problem, SpecInvalid
from modelmonitor.plan.yamltext import to_yaml
from modelmonitor.wire import reading
from modelmonitor.wire.profile import MAX_BYTES, Profile

_NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?").fullmatch
_HEADER = "# The reference of a model: counts only, no row of the data. Written by `modelmonitor profile`.\n"
_HEAVIEST = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where the ConfigMap belongs; without a namespace, where kubectl applies it."""

    name: str
    namespace: str = ""

    @classmethod
    def named(cls, name: str, namespace: str, output: str) -> "Place":
        """Take the name of the output file for want of another.

        Raises
        ------
        ValueError
            If it is no name of an object.
        """
        found = name or (
            Path(output).name.partition(".")[0].lower().replace("_", "-") if output != "-" else ""
        )
        found = found or "reference"
        if not _NAME(found):
            raise ValueError(f"expected a DNS name such as churn-reference, got {found!r}")
        return cls(found, namespace)


def document(profile: Profile) -> str:
    """Write a profile as JSON, one column a line.

    Raises
    ------
    SpecInvalid
        If it is heavier than a ConfigMap may be, with what weighs most.
    """
    written = reading.write(profile)
    text = (
        "{\n" + ",\n".join(f"{json.dumps(key)}: {_value(value)}" for key, value in written.items()) + "\n}\n"
    )
    if (size := len(text.encode())) > MAX_BYTES:
        raise SpecInvalid([_too_heavy(written, size)])
    return text


def config_map(profile: Profile, place: Place) -> str:
    """Write a profile as a ConfigMap."""
    metadata: dict[str, Any] = {"name": place.name}
    if place.namespace:
        metadata["namespace"] = place.namespace
    metadata["labels"] = {
        "app.kubernetes.io/part-of": "modelmonitor",
        "app.kubernetes.io/component": "reference",
        "app.kubernetes.io/version": __version__,
        wire.LABEL_PROFILE: profile.hash,
    }
    data = {wire.KEY_PROFILE: document(profile)}
    return _HEADER + to_yaml({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def write(path: Path, text: str) -> None:
    """Write a file at once as a whole: whoever reads it sees the old one or the new one.

    What is no file of its own (a pipe, a device such as /dev/null, a link) is written to, and never replaced.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        path.write_text(text, encoding="utf-8")
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(map(_compact, value)) + "\n]"
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))


def _too_heavy(written: dict[str, Any], size: int) -> Problem:
    weights = {f"column {one['name']}": len(_compact(one).encode()) for one in written.get("columns", ())}
    weights |= {key: len(_compact(value).encode()) for key, value in written.items() if key != "columns"}
    heaviest = sorted(weights, key=lambda name: -weights[name])[:_HEAVIEST]
    shown = ", ".join(f"{name} {weights[name]:,}" for name in heaviest)
    remedy = "leave out columns with --exclude, or take fewer --cells"
    return Problem("profile", f"at most {MAX_BYTES:,} bytes", f"{size:,}: {shown}", remedy)
