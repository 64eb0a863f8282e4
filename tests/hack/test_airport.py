"""The demo's airport, run as its image runs it: what it asks the model, and what it tells later."""

import csv
import gzip
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo import stack

AIRPORT = stack.HERE / "model" / "airport.py"
FLIGHTS = [
    {"season": season, "day": "06 December", "airport_delay": "-2.5", "hour": "6.0", "distance": distance,
     "carrier": "WN", "origin": "EWR", "late": late}
    for season, late in (("autumn", "on-time"), ("storms", "late"))
    for distance in ("711.0", "712.0", "713.0")
]  # fmt: skip
WAS, NOW = "SOONEST, LATEST = 4.0, 36.0", "SOONEST, LATEST = 0.0, 0.1"
SOON = f"exec(open({str(AIRPORT)!r}).read().replace({WAS!r}, {NOW!r}))"


class Server(http.server.BaseHTTPRequestHandler):
    """A model that answers, and an evaluator that takes labels: the first time it knows no prediction."""

    protocol_version = "HTTP/1.1"
    asked: list[dict]
    told: list[tuple[str | None, list[dict]]]
    connections: set[int]

    def do_POST(self) -> None:
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/labels":
            known = "joined" if self.told else "unknown"
            self.told.append((self.headers["Authorization"], document))
            self.answer({"results": [{"id": one["id"], "outcome": known} for one in document]})
        else:
            self.connections.add(self.client_address[1])
            self.asked.append({"path": self.path, **document})
            self.answer({})

    def answer(self, document: object) -> None:
        content = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a working folder with flights of two seasons, as the image has one."""
    with gzip.open(tmp_path / "flights.csv.gz", "wt", newline="") as file:
        table = csv.DictWriter(file, FLIGHTS[0])
        table.writeheader()
        table.writerows(FLIGHTS)
    (tmp_path / "token").write_text("secret\n")
    return tmp_path


@pytest.fixture
def address() -> Iterator[str]:
    """Give where both listen."""
    Server.asked, Server.told, Server.connections = [], [], set()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def season(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Let a season begin."""
    return subprocess.run(
        [sys.executable, AIRPORT, "--season", name], cwd=folder, env=environment(folder), capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "SEASON_FILE": str(folder / "season")}


@pytest.fixture
def airport(folder: Path, address: str) -> Iterator[subprocess.Popen[str]]:
    """Run it, with labels that are known at once."""
    arguments = [f"--model={address}", f"--labels={address}", "--token-file=token"]
    process = subprocess.Popen(
        [sys.executable, "-c", SOON, *arguments], cwd=folder, env=environment(folder), text=True
    )
    yield process
    process.terminate()
    process.wait(timeout=30)


def eventually(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ids(document: dict) -> set[str]:
    """Give the ids of the rows of a request."""
    count = document["inputs"][0]["shape"][0]
    return {f"{document['id']}/{row}" for row in range(count)} if count > 1 else {document["id"]}


@pytest.mark.usefixtures("airport")
def test_flights_are_asked_by_names_of_columns_over_connections_that_are_kept() -> None:
    eventually(lambda: len(Server.asked) > 40)
    first = Server.asked[0]
    assert first["path"] == "/v2/models/flights/infer"
    columns = ["airport_delay", "hour", "distance", "carrier", "origin"]
    assert [it["name"] for it in first["inputs"]] == columns
    assert {tuple(it["shape"]) for it in first["inputs"]} == {(len(first["inputs"][0]["data"]), 1)}
    assert first["inputs"][0]["data"][0] == -2.5
    assert {len(ids(one)) for one in Server.asked} > {1, 3}
    assert len(Server.connections) < len(Server.asked)


@pytest.mark.usefixtures("airport")
def test_what_came_true_is_told_with_the_token_and_again_where_the_prediction_was_unknown() -> None:
    eventually(lambda: len(Server.told) > 10)
    assert {token for token, _ in Server.told} == {"Bearer secret"}
    labels = [one for _, document in Server.told for one in document]
    assert {one["actual"] for one in labels} == {"on-time"}
    assert {one["id"] for one in labels} <= set().union(*map(ids, Server.asked))
    first = {one["id"] for one in Server.told[0][1]}
    eventually(lambda: first <= {one["id"] for _, document in Server.told[1:] for one in document})


@pytest.mark.usefixtures("airport")
def test_another_season_begins_when_it_is_said(folder: Path) -> None:
    eventually(lambda: Server.told)
    assert season(folder, "storms").stdout == "storms begins\n"
    eventually(lambda: Server.told[-1][1][0]["actual"] == "late")


def test_an_unknown_season_is_refused_with_those_that_are_known(folder: Path) -> None:
    refused = season(folder, "spring")
    assert refused.returncode == 1
    assert refused.stderr == "--season: expected one of autumn, storms, got spring\n"
    assert not (folder / "season").exists()


def test_an_airport_needs_to_know_whom_to_ask(folder: Path) -> None:
    ended = subprocess.run([sys.executable, AIRPORT], cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert re.search("expected --model, --labels and --token-file, or --season", ended.stderr)
