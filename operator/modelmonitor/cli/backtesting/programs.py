"""The programs that a backtest starts: a real Prometheus, and promtool for the texts of alerts."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from modelmonitor.errors import Problem, SpecInvalid

_REMEDY = (
    "install Prometheus 3 (https://prometheus.io/download, the archive holds both programs), "
    "or say where it is with --{name} PATH"
)


@dataclass(frozen=True, slots=True)
class Programs:
    """Where they are."""

    prometheus: Path
    promtool: Path


def find(prometheus: Path | None, promtool: Path | None) -> Programs:
    """Find both: where the user says, beside the other one, or on the PATH.

    Raises
    ------
    SpecInvalid
        With what is missing and how to get it.
    """
    beside = [given.parent for given in (prometheus, promtool) if given]
    found, problems = {}, []
    for name, given in (("prometheus", prometheus), ("promtool", promtool)):
        path = given or _search(name, beside)
        if path and path.is_file() and os.access(path, os.X_OK):
            found[name] = path
        else:
            got = f"{given}, which is none" if given else "none on the PATH"
            problems.append(Problem(f"--{name}", f"the program {name}", got, _REMEDY.format(name=name)))
    if problems:
        raise SpecInvalid(problems)
    return Programs(**found)


def _search(name: str, beside: list[Path]) -> Path | None:
    path = shutil.which(name, path=os.pathsep.join(map(str, beside))) if beside else None
    path = path or shutil.which(name)
    return Path(path) if path else None
