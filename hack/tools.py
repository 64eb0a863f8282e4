"""Build the Go programs that the project needs, each once, into a cache outside the checkout.

python3 hack/tools.py NAME...    print the path of each, built first where absent
python3 hack/tools.py --list     print names, versions, and whether they are built
python3 hack/tools.py --crds     print the folder with the CRDs of prometheus-operator
"""

import argparse
import functools
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import cache
import golang
import progress
from toolbox import PROGRAMS, TOOLS, Tool

CRDS = "example/prometheus-operator-crd"


def paths(names: Iterable[str]) -> list[Path]:
    """Give the path of each program, built first if it is absent.

    Raises
    ------
    progress.CommandError
        If a build fails.
    """
    return [binary(name) for name in names]


def binary(name: str) -> Path:
    """Give the path of one program, built first if it is absent; one build at a time on a machine."""
    tool = PROGRAMS[name]
    folder = _folder(tool)
    if not (folder / tool.name).exists():
        with cache.lock("tools"):
            if not (folder / tool.name).exists():
                _build(tool, folder)
    return folder / name


def crds() -> Path:
    """Give the folder with prometheus-operator's CRDs, a YAML file each, copied from its Go module."""
    tool = TOOLS["prometheus-operator"]
    folder = cache.root() / "crds" / f"{tool.name}-{tool.version}"
    if not folder.exists():
        with cache.lock("tools"):
            _copy_crds(tool, folder)
    return folder


def _build(tool: Tool, folder: Path) -> None:
    go, version = _go()
    progress.say(
        f"{tool.name} {tool.version}: compiling it with {version}; the first time on two cores "
        f"up to {tool.minutes:g} min, kept afterwards"
    )
    log = cache.root() / "log" / f"build-{tool.name}.log"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{tool.name}.{os.getpid()}"
    try:
        command: list[str | Path] = ["nice", go, "build", "-v", "-o", unfinished, *tool.flags]
        seconds = progress.run(tool.name, command, log, env=golang.environment(), cwd=tool.module)
        for program in tool.programs:
            (folder / program).unlink(missing_ok=True)
            (folder / program).symlink_to(tool.name)
        unfinished.rename(folder / tool.name)
    finally:
        unfinished.unlink(missing_ok=True)
    progress.say(f"{tool.name} {tool.version}: built in {progress.clock(seconds)}")


def _copy_crds(tool: Tool, folder: Path) -> None:
    if folder.exists():
        return
    go, _ = _go()
    log = cache.root() / "log" / "crds.log"
    environment = golang.environment()
    progress.run(
        "downloading the CRDs of prometheus-operator",
        [go, "mod", "download", tool.source],
        log,
        env=environment,
        cwd=tool.module,
    )
    where = subprocess.run(
        [go, "list", "-m", "-f", "{{.Dir}}", tool.source],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        cwd=tool.module,
    )
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for source in sorted((Path(where.stdout.strip()) / CRDS).glob("*.yaml")):
        (unfinished / source.name).write_bytes(source.read_bytes())
    unfinished.rename(folder)


@functools.cache
def _go() -> tuple[Path, str]:
    return golang.find()


def _folder(tool: Tool) -> Path:
    """Name the folder after what decides the result: the module's files, the Go version and the flags."""
    digest = hashlib.sha256(repr((_go()[1], tool.flags)).encode())
    for file in sorted(it for it in tool.module.iterdir() if it.suffix in {".go", ".mod", ".sum"}):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return cache.root() / "bin" / tool.name / digest.hexdigest()[:16]


def _list() -> None:
    for tool in TOOLS.values():
        state = "built" if (_folder(tool) / tool.name).exists() else f"absent (up to {tool.minutes:g} min)"
        print(f"{tool.name:28}{tool.version:10}{state}")


def main() -> int:
    """Do what the arguments ask for; 1 when a build fails."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, lambda number, _: sys.exit(128 + number))  # ends the compiler, too
    summary, _, usage = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="*", metavar="NAME", help="a program")
    parser.add_argument("--list", action="store_true", help="list the programs")
    parser.add_argument("--crds", action="store_true", help="print the folder of prometheus-operator's CRDs")
    wanted = parser.parse_args()
    if unknown := sorted(set(wanted.name) - set(PROGRAMS)):
        parser.error(f"expected names of {', '.join(PROGRAMS)}; got {', '.join(unknown)}")
    if not (wanted.name or wanted.list or wanted.crds):
        parser.error("expected the name of a program, --list or --crds")
    try:
        if wanted.list:
            _list()
        if wanted.crds:
            print(crds())
        for path in paths(wanted.name):
            print(path, flush=True)
    except progress.CommandError as failure:
        progress.say(str(failure))
        return 1
    except KeyboardInterrupt:
        progress.say("interrupted; what was compiled so far is kept")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
