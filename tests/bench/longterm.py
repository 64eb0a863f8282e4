"""A real Prometheus that remembers a month it has not seen: older samples in a block, two hours in its head.

What it remembers lies where it would: queries of the last hours read the head, longer ones blocks. There is
one block where there would be several.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tools
from cluster.processes import DIE_WITH_PARENT
from modelmonitor.cli.backtesting import remotewrite
from modelmonitor.cli.backtesting.remotewrite import Series
from modelmonitor.cli.backtesting.server import Server

HEAD, HOUR = 2 * 3_600_000, 3_600_000
"""Milliseconds; a head takes samples that are an hour older than its newest."""
SERIES_OF_A_REQUEST = 400
_EVER = "100000d"
_ALL_IN_THE_HEAD = (
    f"--storage.tsdb.min-block-duration={_EVER}",
    f"--storage.tsdb.max-block-duration={_EVER}",
)
_SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
_GROUP = re.compile(r'rule_group="[^;]*;([^"]*)"')


class Prometheus:
    """A running Prometheus: what it is asked, and what it uses."""

    def __init__(self, folder: Path, port: int, pid: int) -> None:
        self._folder, self._address, self._pid = folder, f"127.0.0.1:{port}", pid
        self.api = Server(self._address)

    def write(self, past: Sequence[Series], names: Mapping[str, str], start: int, end: int) -> int:
        """Store a part of the past of a pattern, once under each name; return how many samples.

        Parameters
        ----------
        names
            What the pattern is replaced by in labels: texts of the same length.
        """
        samples = 0
        for at in range(0, len(past), SERIES_OF_A_REQUEST):
            part = [between(one, start, end) for one in past[at : at + SERIES_OF_A_REQUEST]]
            body = remotewrite.body(part)
            samples += len(names) * sum(one.times.size for one in part)
            for name, pattern in names.items() if body else ():
                self._post("api/v1/write", body.replace(pattern.encode(), name.encode()), remotewrite.CONTENT)
        return samples

    def write_head(self, past: Sequence[Series], names: Mapping[str, str], end: int) -> None:
        """Store the last two hours before a moment, an hour after the other."""
        for start in range(end - HEAD, end, HOUR):
            self.write(past, names, start, start + HOUR)

    def snapshot(self) -> Path:
        """Write all that is known as a block; return the folder of it."""
        answer = json.loads(self._post("api/v1/admin/tsdb/snapshot"))
        return self._folder / "data" / "snapshots" / str(answer["data"]["name"])

    def configure(self, config: Mapping[str, Any]) -> None:
        """Take another config."""
        (self._folder / "prometheus.json").write_text(json.dumps(config))
        self._post("-/reload")

    def metrics(self) -> list[tuple[str, str, float]]:
        """Return what it tells of itself: names, labels, values."""
        with urllib.request.urlopen(f"http://{self._address}/metrics", timeout=60) as answer:
            found = map(_SAMPLE.fullmatch, answer.read().decode().splitlines())
        return [(one[1], one[2] or "", float(one[3])) for one in found if one]

    def metric(self, name: str) -> float:
        """Return one that has no labels."""
        return next(value for found, _, value in self.metrics() if found == name)

    def by_group(self, name: str) -> dict[str, list[float]]:
        """Return one that each group of rules has, by the group's name in all files."""
        found: dict[str, list[float]] = {}
        for one, labels, value in self.metrics():
            if one == name and (group := _GROUP.search(labels)):
                found.setdefault(group[1], []).append(value)
        return found

    def cpu(self) -> float:
        """Return the seconds of CPU that it has used, to the nanosecond; threads of Go hardly ever end."""
        every = Path(f"/proc/{self._pid}/task").glob("*/schedstat")
        return sum(int(one.read_text().split()[0]) for one in every) / 1e9

    def resident(self) -> float:
        """Return its memory, MiB."""
        pages = int(Path(f"/proc/{self._pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _post(self, path: str, content: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
        request = urllib.request.Request(f"http://{self._address}/{path}", content, dict(headers or {}))
        with urllib.request.urlopen(request, timeout=3600) as answer:
            found: bytes = answer.read()
        return found


def between(series: Series, start: int, end: int) -> Series:
    """Return the samples after a moment, up to another one."""
    kept = (series.times > start) & (series.times <= end)
    return Series(series.head, series.times[kept], series.values[kept])


@contextmanager
def remembering(
    folder: Path, past: Sequence[Series], names: Mapping[str, str], end: int
) -> Iterator[Prometheus]:
    """Run one that knows the past of each name up to a moment."""
    older, real = folder / "older", folder / "real"
    folder.mkdir()
    with running(older, *_ALL_IN_THE_HEAD) as first:
        first.write(past, names, 0, end - HEAD)
        real.mkdir()
        first.snapshot().rename(real / "data")
    shutil.rmtree(older)
    with running(real) as found:
        found.write_head(past, names, end)
        yield found


@contextmanager
def knowing(folder: Path, past: Sequence[Series], end: int) -> Iterator[Prometheus]:
    """Run one that has the whole past of the pattern in its head."""
    with running(folder, *_ALL_IN_THE_HEAD) as found:
        found.write(past, {"": ""}, 0, end)
        yield found


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Prometheus]:
    """Run a Prometheus on the data of a folder, with an empty config."""
    folder.mkdir(exist_ok=True)
    (folder / "prometheus.json").write_text("{}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *DIE_WITH_PARENT, tools.binary("prometheus"), f"--config.file={folder}/prometheus.json",
        f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-lifecycle", "--web.enable-admin-api", "--web.enable-remote-write-receiver",
        f"--storage.tsdb.retention.time={_EVER}", *options,
    ]  # fmt: skip
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _await_answer(f"http://127.0.0.1:{port}/-/ready")
        yield Prometheus(folder, port, process.pid)
    finally:
        process.kill()  # what it has in memory is needed no more
        process.wait()


def _await_answer(address: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{address}: expected an answer within a minute, got none")
