"""Where monitors and their problems stand: file, line and, for syntax, column."""

from dataclasses import dataclass
from typing import Any

from modelmonitor.api import ModelMonitor
from modelmonitor.cli import nodes
from modelmonitor.cli.sources import Source
from modelmonitor.errors import Problem

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem and where it stands; lines and columns count from 1, 0 is not known."""

    file: str
    line: int
    problem: Problem
    monitor: str = ""
    column: int = 0

    def __str__(self) -> str:
        place = ":".join(str(number) for number in (self.line, self.column) if number)
        return f"{self.file}:{place}{':' if place else ''} {self.problem}"

    def to_dict(self) -> Json:
        """Give the finding for programs."""
        about = {"file": self.file, "line": self.line or None, "column": self.column or None}
        problem = self.problem
        texts = {
            "path": problem.path,
            "expected": problem.expected,
            "got": problem.got,
            "remedy": problem.remedy,
        }
        return {**about, "monitor": self.monitor or None, **texts}


@dataclass(frozen=True, slots=True)
class Held:
    """A ConfigMap and where it was found; `line` is that of its profile, if it has one."""

    body: Json
    source: Source
    line: int

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["metadata"].get("name"))

    @property
    def namespace(self) -> str:
        """Its namespace; an empty text if it names none, and so counts for any."""
        return str(self.body["metadata"].get("namespace") or "")

    def locate(self, problem: Problem) -> Finding:
        """Say that a problem is about this ConfigMap."""
        return Finding(self.source.name, self.line, problem)


@dataclass(frozen=True, slots=True)
class Found:
    """A monitor and where it was found: in which document of which text, and where inside of that."""

    monitor: ModelMonitor
    source: Source
    document: int
    line: int
    prefix: str = ""

    @property
    def title(self) -> str:
        """Its namespace and name."""
        return f"{self.monitor.namespace}/{self.monitor.name}"

    @property
    def place(self) -> str:
        """Its file and line."""
        return f"{self.source.name}:{self.line}"

    def locate(self, problem: Problem) -> Finding:
        """Find the line that a problem of this monitor is about, by reading the text once more."""
        root = next(
            root for number, root in enumerate(nodes.documents(self.source.text)) if number == self.document
        )
        line = nodes.line_of(root, self.prefix + problem.path)
        return Finding(self.source.name, line, problem, self.title)
