"""A real Prometheus that holds series of the past."""

import contextlib
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import tools
from cluster.processes import DIE_WITH_PARENT
from modelmonitor.plan import rulefile
from modelmonitor.plan.rules import Group

Samples = Sequence[tuple[float, float]]
_WAIT = 60.0


@contextlib.contextmanager
def prometheus_with(
    folder: Path, series: Mapping[str, Samples], rules: Sequence[Group] = ()
) -> Iterator[str]:
    """Run one with these series, each with Unix seconds and values, and rules; yield its address."""
    _backfill(folder, series)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (folder / "rules.json").write_text(json.dumps(rulefile.plain(rules)))
    config = {"global": {"evaluation_interval": "1s"}, "rule_files": ["rules.json"]}
    (folder / "prometheus.json").write_text(json.dumps(config))
    command = [*DIE_WITH_PARENT, tools.binary("prometheus"), f"--config.file={folder}/prometheus.json",
               f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}",
               "--storage.tsdb.retention.time=10y"]  # fmt: skip
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait(f"http://{address}/-/ready")
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _backfill(folder: Path, series: Mapping[str, Samples]) -> None:
    lines = []
    for name in dict.fromkeys(one.partition("{")[0] for one in series):
        lines.append(f"# TYPE {name} gauge")
        own = ((one, it) for one, it in series.items() if one.partition("{")[0] == name)
        lines += [f"{one} {float(value)!r} {at:.3f}" for one, it in own for at, value in it]
    (folder / "past.txt").write_text("\n".join([*lines, "# EOF\n"]))
    command = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=8760h"]
    subprocess.run(
        [tools.binary("promtool"), *command, folder / "past.txt", folder / "data"],
        check=True,
        capture_output=True,
    )


def _wait(address: str) -> None:
    deadline = time.monotonic() + _WAIT
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"expected a Prometheus within {_WAIT:g} s, got none")
