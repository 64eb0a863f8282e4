"""The texts that a command was given: files, folders and standard input."""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

STDIN = "-"
ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """A text and the name under which problems speak of it; `refusal` says why there is none."""

    name: str
    text: str
    refusal: str = ""


def files(paths: Iterable[str]) -> list[str]:
    """Return the files that paths stand for, each once: in folders all YAML, hidden folders left out."""
    found = (file for path in paths for file in (_inside(path) if Path(path).is_dir() else [path]))
    return list({file if file == STDIN else os.path.realpath(file): file for file in found}.values())


def read(file: str) -> Source:
    """Read one file, or standard input when it is called `-`."""
    name = "<stdin>" if file == STDIN else file
    try:
        content = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
        return Source(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Source(name, "", f"the byte 0x{error.object[error.start]:02x} at offset {error.start}")
    except OSError as error:
        return Source(name, "", str(error.strerror))


def _inside(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (os.path.join(place, name) for name in sorted(names) if name.endswith(ENDINGS))  # noqa: PTH118 - as the user wrote it
