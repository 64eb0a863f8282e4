"""JSON with one object a line; decoded by msgspec where it is installed, else by the standard library."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from modelmonitor.cli.profiling.cells import DecodedCells
from modelmonitor.cli.profiling.delimited import not_utf8
from modelmonitor.cli.profiling.sources import Chunk
from modelmonitor.errors import Problem, SpecInvalid

_decode: Callable[[bytes], Any]
try:
    from msgspec.json import decode as _decode
except ImportError:
    _decode = json.loads

_BLOCK, _SHOWN = 2 << 20, 5
_KEYS_WITHIN = 10_000


class Lines:
    """A file of JSON lines; the first ten thousand tell the names of its columns."""

    first_row = 1
    remark = ""

    def __init__(self, path: Path) -> None:
        self.size = path.stat().st_size
        self.unusable: Mapping[str, str] = {}
        self._path = path
        names: dict[str, None] = {}
        seen = 0
        for objects, _, _ in self._objects():
            for one in objects[: _KEYS_WITHIN - seen]:
                names |= dict.fromkeys(one)
            seen += len(objects)
            if seen >= _KEYS_WITHIN:
                break
        self.names = tuple(names)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """Read these columns from the beginning."""
        known = set(self.names)
        for objects, line, consumed in self._objects():
            if new := set().union(*objects) - known:
                remedy = "write every key in every line, null where there is no value"
                got = ", ".join(sorted(map(repr, new))[:_SHOWN])
                where = f"line {line} and after"
                raise SpecInvalid([Problem(where, f"keys of the first {_KEYS_WITHIN} lines", got, remedy)])
            cells = {name: DecodedCells([one.get(name) for one in objects]) for name in columns}
            yield Chunk(len(objects), cells, consumed)

    def _objects(self) -> Iterator[tuple[list[dict[str, Any]], int, int]]:
        """Yield the objects of some lines, the number of the first line, and how many bytes were read."""
        with self._path.open("rb") as file:
            line = 1
            while lines := file.readlines(_BLOCK):
                yield self._decoded(lines, line), line, file.tell()
                line += len(lines)

    def _decoded(self, lines: list[bytes], first: int) -> list[dict[str, Any]]:
        problems: list[Problem] = []
        decoded: list[dict[str, Any]] = []
        for number, text in enumerate(lines, first):
            try:
                one = _decode(text)
            except ValueError:
                if not text.strip():
                    continue
                one = self._lenient(text.removeprefix(b"\xef\xbb\xbf"))
            if isinstance(one, dict):
                decoded.append(one)
            else:
                got = one if isinstance(one, str) else f"a {type(one).__name__}"
                problems.append(Problem(f"line {number}", "a JSON object", got))
        if problems:
            more = (
                []
                if len(problems) <= _SHOWN
                else [Problem("", "JSON objects", f"{len(problems)} other lines")]
            )
            raise SpecInvalid([*problems[:_SHOWN], *more])
        return decoded

    def _lenient(self, text: bytes) -> dict[str, Any] | str:
        """Decode what Python's own writer makes of NaN, or say what is wrong."""
        try:
            found: dict[str, Any] = json.loads(text)
        except UnicodeDecodeError:
            raise not_utf8(self._path) from None
        except json.JSONDecodeError as error:
            return f"{error.msg!r} at character {error.pos + 1}"
        except RecursionError:
            return "one that is nested too deeply"
        return found
