"""Requests through the byte tee, against the model alone and a conventional reverse proxy on aiohttp.

python3 tests/bench/tee.py [--runs 5] [--seconds 3]

The proxy in question runs on one core, wrk and the model (which answers the same bytes to whatever it reads)
on the others. Runs alternate. The tee reads every request and response, a JSON body of 20 features, and an
observer takes them. Latency is that of 1,000 requests a second to each of the three, sent when they are due.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pacing

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "build" / "bench"
GOAL = 25_000
CLIENTS = 32
RATE = 1000
BODY = json.dumps({"instances": [{f"feature_{n}": n * 1.234567 for n in range(20)}]}).encode()
HEADERS = {"Content-Type": "application/json", "X-Request-Id": "3f2c9a60b1d44c57"}
ANSWER = b'{"predictions": [0.8312345678]}'
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nDate: Sat, 10 Oct 2026 10:00:00 GMT\r\nServer: model\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)
)
PATH = "/v1/models/m:predict"


class Model(asyncio.Protocol):
    """Answers whatever it reads."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport: Any = transport

    def data_received(self, _data: bytes) -> None:
        """Answer."""
        self.transport.write(RESPONSE)


class Observer:
    """Counts what it is told, and wants all bodies."""

    def __init__(self) -> None:
        self.bytes = self.count = 0

    def copies(self, method: str, target: str) -> bool:
        """Want all predictions."""
        return method == "POST" and target == PATH

    def exchanged(self, exchange: Any) -> None:
        """Count."""
        self.count += 1
        self.bytes += len(exchange.request_body or b"") + len(exchange.response_body or b"")

    def opaque(self, *, encrypted: bool) -> None:  # noqa: ARG002 - the tee calls it so
        """Never happen."""
        raise SystemExit("the tee took HTTP for something else")


async def alone(port: int, _: int) -> None:
    """Serve as the model."""
    await asyncio.get_running_loop().create_server(Model, "127.0.0.1", port, backlog=1024)


async def tee(port: int, model: int) -> None:
    """Serve as the tee."""
    from modelmonitor.evaluator.tee.server import Tee

    await Tee(("127.0.0.1", model), Observer()).start("127.0.0.1", port)


async def aiohttp(port: int, model: int) -> None:
    """Serve as a reverse proxy, written as aiohttp's users write it."""
    import aiohttp
    from aiohttp import web

    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def forward(request: web.Request) -> web.Response:
        url = f"http://127.0.0.1:{model}{request.rel_url}"
        async with session.request(
            request.method, url, data=await request.read(), headers=request.headers
        ) as it:
            return web.Response(body=await it.read(), status=it.status, headers=it.headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()


SERVERS = {"alone": alone, "tee": tee, "aiohttp": aiohttp}


def serve(role: str, port: int, model: int) -> None:
    """Run one of the servers for good."""
    import uvloop

    async def forever() -> None:
        await SERVERS[role](port, model)
        await asyncio.Event().wait()

    uvloop.run(forever())


@contextmanager
def started(role: str, model: int, cores: set[int]) -> Iterator[tuple[int, int]]:
    """Start a server in a process of its own; yield its port and process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, __file__, "--serve", role, str(port), str(model or port)]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT / "operator")})
    os.sched_setaffinity(process.pid, cores)
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.02)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def load(port: int, seconds: float, script: Path, cores: set[int]) -> dict[str, float]:
    """Ask as fast as answers come; return requests/s and latencies in milliseconds."""
    url = f"http://127.0.0.1:{port}{PATH}"
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--latency", "-s", script, url]
    pinned = ["taskset", "-c", ",".join(map(str, cores)), *command]
    told = subprocess.run(pinned, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(told)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])  # type: ignore[index]
    return {"rate": rate, "p50": _latency(told, 50), "p99": _latency(told, 99)}


def _latency(told: str, percent: int) -> float:
    number, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", told).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def cpu(process: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def paced(ports: dict[str, int], seconds: float) -> dict[str, list[float]]:
    """Ask each server RATE times a second; return the milliseconds from when each request was due."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    request = f"POST {PATH} HTTP/1.1\r\nHost: m\r\n{lines}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY
    count = int(seconds * RATE)
    return {role: pacing.paced(port, count, RATE, lambda _: request, ANSWER) for role, port in ports.items()}


def measure(runs: int, seconds: float) -> dict[str, Any]:
    """Run all servers and load them in turn; summarise each."""
    cores = sorted(os.sched_getaffinity(0))
    proxy, others = {cores[0]}, set(cores[1:]) or {cores[0]}
    taken: dict[str, dict[str, list[float]]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        script = folder / "post.lua"
        script.write_text(_script())
        model, process = stack.enter_context(started("alone", 0, others))
        servers = {"alone": (model, process)}
        for role in ("tee", "aiohttp"):
            servers[role] = stack.enter_context(started(role, model, proxy))
        for turn in range(runs + 1):
            for role, (port, process) in servers.items():
                before = cpu(process)
                figures = load(port, seconds, script, others)
                figures["per_cpu_second"] = figures["rate"] * seconds / max(cpu(process) - before, 1e-9)
                if turn:  # the first one warms up
                    _add(taken.setdefault(role, {}), figures)
            delays = paced({role: port for role, (port, _) in servers.items()}, seconds)
            for role, values in delays.items():
                cuts = statistics.quantiles(values, n=1000)
                if turn:
                    _add(
                        taken[role], {"paced_p50": cuts[499], "paced_p99": cuts[989], "paced_p999": cuts[998]}
                    )
            _show(f"run {turn} of {runs}")
    _show("")
    return {
        role: {
            name: {"median": statistics.median(it), "min": min(it), "max": max(it)}
            for name, it in row.items()
        }
        for role, row in taken.items()
    }


def _add(into: dict[str, list[float]], figures: dict[str, float]) -> None:
    for name, value in figures.items():
        into.setdefault(name, []).append(value)


def _script() -> str:
    headers = "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in HEADERS.items())
    return f"wrk.method = 'POST'\nwrk.body = '{BODY.decode()}'\n{headers}"


def table(results: dict[str, Any]) -> str:
    """Write the results for people."""
    title = f"{CLIENTS} clients        requests/s (min-max)   of alone   per CPU s   p50 ms   p99 ms"
    lines = [f"{title}   at {RATE}/s: p50 ms   p99 ms   added p99"]
    alone_ = results["alone"]
    for role, row in results.items():
        rate = row["rate"]
        shown = f"{rate['median']:,.0f} ({rate['min']:,.0f}-{rate['max']:,.0f})"
        medians = {name: it["median"] for name, it in row.items()}
        lines.append(
            f"  {role:10} {shown:>28} {rate['median'] / alone_['rate']['median']:10.2f}"
            f" {medians['per_cpu_second']:11,.0f} {medians['p50']:8.2f} {medians['p99']:8.2f}"
            f" {medians['paced_p50']:19.3f} {medians['paced_p99']:8.3f}"
            f" {medians['paced_p99'] - alone_['paced_p99']['median']:11.3f}"
        )
    lines.append(f"  goal: tee at least {GOAL:,} requests/s on one core, added p99 below 1 ms")
    return "\n".join(lines)


def _show(progress: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{progress}", end="", file=sys.stderr, flush=True)


def main() -> None:
    """Measure; print a table, keep the numbers as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.serve:
        role, port, model = wanted.serve
        serve(role, int(port), int(model))
    if not (shutil.which("wrk") and shutil.which("taskset")):
        raise SystemExit("this needs wrk and taskset (Debian: apt install wrk util-linux)")
    RESULTS.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load": os.getloadavg()}
    results = measure(wanted.runs, wanted.seconds)
    print(table(results))
    path = RESULTS / "tee.json"
    path.write_text(json.dumps({"machine": machine, "results": results}, indent=2) + "\n")
    print(f"numbers: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
