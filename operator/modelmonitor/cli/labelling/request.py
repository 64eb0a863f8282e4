"""What a user asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelmonitor.cli.reaching.clusters import Cluster


@dataclass(frozen=True, slots=True)
class Columns:
    """Where id, truth and time are; no `time` means now."""

    id: str
    actual: str
    time: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """A file, how to read it, and where it goes: to an address, or to a monitor of a cluster.

    Attributes
    ----------
    monitor
        Name of the monitor; empty: to `url`.
    """

    file: str
    columns: Columns
    url: str
    monitor: str
    cluster: Cluster
    token: str | None
    wait: float
    """Seconds."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Request":
        """Make it from the options."""
        token = Path(given["token_file"]).read_text().strip() if given["token_file"] else None
        columns = Columns(given["id_column"], given["actual"], given["time"])
        where = (given["url"], given["monitor"] or "", Cluster.of(dict(given)))
        return cls(given["file"], columns, *where, token, given["wait"])
