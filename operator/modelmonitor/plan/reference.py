"""From the ConfigMap that a monitor names to the profile, or to the reason why it is none."""

import json
from collections.abc import Mapping
from typing import Any

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.errors import Problem, ReferenceInvalid, ReferenceMissing, SpecInvalid
from modelmonitor.wire import reading
from modelmonitor.wire.profile import FORMAT, MAX_BYTES, Profile

_FIELD = "spec.reference.configMapRef"
_ANEW = "write it anew with `modelmonitor profile`"
_LONGEST_SHOWN = 40


def profile(monitor: ModelMonitor, config_map: Mapping[str, Any] | None) -> Profile | None:
    """Read the reference of a monitor; None when it names none.

    Parameters
    ----------
    config_map
        The object of that name, as decoded from YAML or JSON; None when there is none.

    Raises
    ------
    ReferenceMissing
        If there is no such object, or no profile in it.
    ReferenceInvalid
        If what is there is broken, too large, of another format or of another task.
    """
    if monitor.spec.reference is None:
        return None
    name = monitor.spec.reference.config_map_ref.name
    if config_map is None:
        place = f"a ConfigMap {name} in namespace {monitor.namespace}"
        raise ReferenceMissing(
            f"{_FIELD}: expected {place}, got none; apply what `modelmonitor profile` wrote, or correct the name"
        )
    found = _read(_text(name, config_map), f"ConfigMap {name}, {wire.KEY_PROFILE}")
    if found.task not in (None, monitor.spec.model.task):
        expected = f"{_FIELD}: expected the reference of a model of task {monitor.spec.model.task.value}"
        raise ReferenceInvalid(
            f"{expected}, got one of {found.task}; name the right ConfigMap, or correct spec.model.task"
        )
    return found


def _text(name: str, config_map: Mapping[str, Any]) -> str:
    data = config_map.get("data") or {}
    if wire.KEY_PROFILE not in data:
        keys = ", ".join(sorted({*data, *(config_map.get("binaryData") or {})}))[:_LONGEST_SHOWN] or "none"
        raise ReferenceMissing(
            f"ConfigMap {name}: expected the key {wire.KEY_PROFILE}, got {keys}; {_ANEW}, whose output is a "
            "whole ConfigMap"
        )
    return str(data[wire.KEY_PROFILE])


def _read(text: str, where: str) -> Profile:
    if (size := len(text.encode(errors="replace"))) > MAX_BYTES:
        raise _invalid(Problem(where, f"at most {MAX_BYTES:,} bytes", f"{size:,}", "take fewer --cells"))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        end = repr(text[-_LONGEST_SHOWN:])
        got = f"text that ends in {end} ({error})" if text.strip() else "nothing"
        raise _invalid(Problem(where, "a whole JSON document", got, _ANEW)) from error
    version = document.get("format", FORMAT) if isinstance(document, Mapping) else FORMAT
    if version != FORMAT:
        remedy = "write it anew with this version of `modelmonitor profile`"
        raise _invalid(Problem(f"{where}: format", str(FORMAT), repr(version)[:_LONGEST_SHOWN], remedy))
    try:
        return reading.read(Profile, document, where)
    except SpecInvalid as error:
        raise _invalid(*error.problems) from error


def _invalid(*problems: Problem) -> ReferenceInvalid:
    return ReferenceInvalid("\n".join(map(str, problems)))
