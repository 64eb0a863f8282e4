"""Streams through the whole evaluator: what is no single answer arrives as it comes, and is counted."""

import json
import socket
import threading
from pathlib import Path

from evaluator import running
from evaluator.process import churn
from evaluator.process.behaving import Behaviour, behaving

UPGRADE = (
    "GET /chat?websocket HTTP/1.1\r\nhost: m\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
STREAMING = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\n"


def echo(connection: socket.socket) -> None:
    connection.sendall(SWITCHED)
    while data := connection.recv(1 << 16):
        connection.sendall(data[::-1])


def received(client: socket.socket, count: int) -> bytes:
    client.settimeout(running.PATIENCE)
    data = b""
    while len(data) < count:
        part = client.recv(count - len(data))
        assert part, data
        data += part
    return data


def test_a_websocket_passes_both_ways_and_is_counted_once(tmp_path: Path) -> None:
    with (
        behaving({"websocket": echo}) as model,
        running.evaluator(tmp_path, churn.config(), churn.REFERENCE, upstream=model) as evaluator,
        socket.create_connection(("127.0.0.1", evaluator.proxy)) as client,
    ):
        client.sendall(UPGRADE.encode())
        assert received(client, len(SWITCHED)) == SWITCHED
        for number in range(100):
            frame = bytes([0x81, 126, number, 255 - number]) * (number + 1)
            client.sendall(frame)
            assert received(client, len(frame)) == frame[::-1]
        evaluator.wait("events_dropped_total", 1)
        assert churn.lost(evaluator) == {"unparsed": 1}
        assert evaluator.total("passthrough_requests_total") == 1
        assert evaluator.total("requests_total") == 0


def streaming(content: bytes, goes_on: threading.Event) -> Behaviour:
    def stream(connection: socket.socket) -> None:
        connection.sendall(STREAMING)
        for piece in (content[:10], content[10:]):
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            assert goes_on.wait(running.PATIENCE)
        connection.sendall(b"0\r\n\r\n")

    return stream


def test_a_streamed_answer_arrives_piece_by_piece_and_is_one_prediction(tmp_path: Path) -> None:
    content, goes_on = json.dumps(churn.answer(0.75)).encode(), threading.Event()
    with (
        behaving({"stream": streaming(content, goes_on)}) as model,
        running.evaluator(tmp_path, churn.config(), churn.REFERENCE, upstream=model) as evaluator,
        socket.create_connection(("127.0.0.1", evaluator.proxy)) as client,
    ):
        client.sendall(churn.request(churn.body(40), target=f"{churn.PATH}?stream"))
        first = STREAMING + b"a\r\n" + content[:10] + b"\r\n"
        assert received(client, len(first)) == first  # before the model goes on
        assert evaluator.total("requests_total") == 0
        goes_on.set()
        rest = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content) - 10, content[10:])
        assert received(client, len(rest)) == rest
        evaluator.wait("predictions_total", 1)
        assert evaluator.total("requests_total", outcome="ok") == 1
