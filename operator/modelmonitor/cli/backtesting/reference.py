"""The monitor and the reference that a backtest is about, from files."""

from pathlib import Path
from typing import Any

import yaml

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.cli import reading
from modelmonitor.errors import MonitorError, Problem, SpecInvalid
from modelmonitor.plan import reference
from modelmonitor.wire.profile import Profile


def monitor(path: str, namespace: str) -> ModelMonitor:
    """Read the only monitor of a file.

    Raises
    ------
    SpecInvalid
        With everything that is wrong with it, or if there is none, or there are several.
    """
    read = reading.monitors((path,), namespace)
    read.miss_none()
    if read.findings:
        raise SpecInvalid([Problem(_place(one), *_words(one.problem)) for one in read.findings])
    if len(read.found) > 1:
        got = ", ".join(one.title for one in read.found[:5])
        raise SpecInvalid([Problem("", f"one {wire.KIND}", got, "put each into a file of its own")])
    return read.found[0].monitor


def profile(monitor: ModelMonitor, path: Path | None) -> Profile | None:
    """Read the reference of a monitor: the ConfigMap that `modelmonitor profile` writes, or bare JSON.

    Raises
    ------
    SpecInvalid
        If the monitor names a reference and there is none, or what is there is none.
    """
    wanted = reference.wanted(monitor)
    if wanted is None:
        return None
    if path is None:
        got = "none, though the monitor names one in spec.reference"
        raise SpecInvalid([Problem("--reference", "what `modelmonitor profile` wrote", got)])
    try:
        return reference.read(wanted, _config_map(path))
    except SpecInvalid:
        raise
    except MonitorError as error:
        raise SpecInvalid([Problem(str(path), "the reference of this monitor", str(error))]) from None


def _config_map(path: Path) -> dict[str, Any]:
    """Return the ConfigMap of a file; a bare profile is put into one."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SpecInvalid(
            [Problem(str(path), "a reference", "no text", "give the file that `modelmonitor profile` wrote")]
        ) from None
    if text.lstrip().startswith("{"):
        return {"data": {wire.KEY_PROFILE: text}}
    try:
        documents = [it for it in yaml.load_all(text, yaml.CSafeLoader) if isinstance(it, dict)]
    except yaml.YAMLError as error:
        raise SpecInvalid([Problem(str(path), "YAML", str(error).replace("\n", " "))]) from None
    found = [it for it in documents if it.get("kind") == "ConfigMap"]
    if len(found) != 1:
        kinds = ", ".join(str(it.get("kind")) for it in documents[:5]) or "nothing"
        raise SpecInvalid(
            [Problem(str(path), "one ConfigMap", kinds, "give the file that `modelmonitor profile` wrote")]
        )
    return dict(found[0])


def _place(finding: Any) -> str:
    place, _, _ = str(finding).partition(" ")
    return f"{place.rstrip(':')} {finding.problem.path}".rstrip()


def _words(problem: Problem) -> tuple[str, str, str]:
    return problem.expected, problem.got, problem.remedy


__all__ = ["monitor", "profile"]
