"""The folder that `generate` writes to: only what changed is written, nothing is ever deleted."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from modelmonitor.cli.rendering import HEADER, TESTS, File


@dataclass(frozen=True, slots=True)
class Written:
    """What happened in a folder.

    Attributes
    ----------
    stale
        Files that an earlier run generated and this one did not.
    """

    written: int
    unchanged: int
    stale: tuple[Path, ...]


def write(folder: Path, files: Iterable[File]) -> Written:
    """Write the files that are new or changed, each at once as a whole."""
    files = list(files)
    for place in {(folder / file.name).parent for file in files}:
        place.mkdir(parents=True, exist_ok=True)
    written = sum(_write(folder / file.name, file.text.encode()) for file in files)
    return Written(written, len(files) - written, tuple(_stale(folder, {file.name for file in files})))


def _write(path: Path, content: bytes) -> bool:
    if path.exists() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return False
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def _stale(folder: Path, names: set[str]) -> list[Path]:
    found = [*folder.glob("*.yaml"), *(folder / TESTS).glob("*.yaml")]
    return sorted(path for path in found if path.relative_to(folder).as_posix() not in names and _ours(path))


def _ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER.encode()
