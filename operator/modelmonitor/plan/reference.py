"""From the ConfigMap that a monitor names to the profile, or to the reason why it is none."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.errors import Problem, ReferenceInvalid, ReferenceMissing, SpecInvalid
from modelmonitor.plan.check import check
from modelmonitor.plan.checks.reference import FIELD
from modelmonitor.wire import reading
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import FORMAT, MAX_BYTES, Profile

_ANEW = "write it anew with `modelmonitor profile`"
_LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """The reference that a monitor names: where it is, and of what kind of model it must be."""

    namespace: str
    name: str
    task: Task


def wanted(monitor: ModelMonitor) -> Wanted | None:
    """Return what a monitor names as its reference; None where it names none."""
    if monitor.spec.reference is None:
        return None
    return Wanted(monitor.namespace, monitor.spec.reference.config_map_ref.name, monitor.spec.model.task)


def problems_without(monitor: ModelMonitor) -> list[Problem]:
    """Return what is wrong with a spec whatever its reference is."""
    return [one for one in check(monitor) if one.path != FIELD]


def read(wanted: Wanted, config_map: Mapping[str, Any] | None) -> Profile:
    """Read the profile that a ConfigMap holds.

    Parameters
    ----------
    config_map
        The object of the wanted name, as decoded from YAML or JSON; None when there is none.

    Raises
    ------
    ReferenceMissing
        If there is no such object, or no profile in it.
    ReferenceInvalid
        If what is there is broken, too large, of another format or of another task.
    """
    if config_map is None:
        expected = f"a ConfigMap {wanted.name} in namespace {wanted.namespace}"
        remedy = "apply what `modelmonitor profile` wrote, or correct the name"
        raise ReferenceMissing.of(Problem(FIELD, expected, "none", remedy))
    found = _profile(_text(wanted.name, config_map), f"ConfigMap {wanted.name}, {wire.KEY_PROFILE}")
    if found.task not in (None, wanted.task):
        expected = f"the reference of a model of task {wanted.task}"
        remedy = "name another ConfigMap, or correct spec.model.task"
        raise ReferenceInvalid.of(Problem(FIELD, expected, f"one of {found.task}", remedy))
    return found


def _text(name: str, config_map: Mapping[str, Any]) -> str:
    data = config_map.get("data") or {}
    if wire.KEY_PROFILE not in data:
        keys = ", ".join(sorted({*data, *(config_map.get("binaryData") or {})}))[:_LONGEST_SHOWN] or "none"
        raise ReferenceMissing.of(Problem(f"ConfigMap {name}", f"the key {wire.KEY_PROFILE}", keys, _ANEW))
    return str(data[wire.KEY_PROFILE])


def _profile(text: str, where: str) -> Profile:
    if (size := len(text.encode(errors="replace"))) > MAX_BYTES:
        remedy = "leave out columns with --exclude, or take fewer --cells"
        raise ReferenceInvalid.of(Problem(where, f"at most {MAX_BYTES:,} bytes", f"{size:,}", remedy))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        got = f"text that ends in {text[-_LONGEST_SHOWN:]!r} ({error})" if text.strip() else "nothing"
        raise ReferenceInvalid.of(Problem(where, "a whole JSON document", got, _ANEW)) from error
    version = document.get("format", FORMAT) if isinstance(document, Mapping) else FORMAT
    if version != FORMAT:
        remedy = "write it anew with `modelmonitor profile` of the operator's version"
        raise ReferenceInvalid.of(
            Problem(f"{where}: format", str(FORMAT), repr(version)[:_LONGEST_SHOWN], remedy)
        )
    try:
        return reading.read(Profile, document, where)
    except SpecInvalid as error:
        raise ReferenceInvalid.of(*error.problems) from error
