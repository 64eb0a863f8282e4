"""However bytes are cut, the same is told; whatever they are, nothing is raised and nothing kept."""

import itertools
import os
import random
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.tee.scene import Recorder
from modelmonitor.evaluator.tee.conversation import Conversation
from modelmonitor.evaluator.tee.limits import Budget, Limits

MESSAGES = 1_000_000 if os.environ.get("MODELMONITOR_THOROUGH") else 20_000


@dataclass(frozen=True)
class Dialogue:
    """A request, its response, and what should be told of them."""

    method: str
    request_body: bytes
    status: int
    response_body: bytes
    chunked: bool
    interim: bool

    @property
    def request(self) -> bytes:
        return f"{self.method} /p HTTP/1.1\r\nHost: m\r\n".encode() + self._framed(self.request_body)

    @property
    def response(self) -> bytes:
        interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" if self.interim else b""
        start = f"HTTP/1.1 {self.status} X\r\n".encode()
        if self.method == "HEAD" or self.status in (204, 304):
            return interim + start + b"Content-Length: 77\r\n\r\n"
        return interim + start + self._framed(self.response_body)

    @property
    def told(self) -> tuple[str, bytes, int, bytes]:
        silent = self.method == "HEAD" or self.status in (204, 304)
        return self.method, self.request_body, self.status, b"" if silent else self.response_body

    def _framed(self, body: bytes) -> bytes:
        if not self.chunked:
            return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        pieces = [body[:3], body[3:]] if len(body) > 3 else [body] if body else []
        chunks = b"".join(b"%x;e=1\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        return b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nTrailer: 1\r\n\r\n"


BODIES = st.sampled_from(
    [b"", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b'{"x": [1.5]}', bytes(300)]
) | st.binary(max_size=50)
DIALOGUES = st.builds(
    Dialogue,
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS"]),
    request_body=BODIES,
    status=st.sampled_from([200, 201, 204, 304, 404, 500, 504]),
    response_body=BODIES,
    chunked=st.booleans(),
    interim=st.booleans(),
)


def cut(data: bytes, chance: random.Random) -> list[bytes]:
    """Cut bytes anywhere."""
    points = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(12)))
    edges = [0, *points, len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@given(st.lists(DIALOGUES, min_size=1, max_size=6), st.booleans(), st.integers(0, 1 << 32))
@settings(max_examples=400)
def test_dialogues_are_told_the_same_however_their_bytes_are_cut(dialogues, pipelined, seed):
    chance, seen, budget = random.Random(seed), Recorder(), Budget(1 << 20)
    conversation = Conversation(seen, Limits(), budget)
    groups = [dialogues] if pipelined else [[one] for one in dialogues]
    for group in groups:
        for piece in cut(b"".join(one.request for one in group), chance):
            conversation.requests.feed(piece)
        for piece in cut(b"".join(one.response for one in group), chance):
            conversation.responses.feed(piece)
    assert [(it.method, it.request_body, it.status, it.response_body) for it in seen.exchanges] == [
        one.told for one in dialogues
    ]
    assert not seen.opaques
    assert conversation.idle
    assert budget.held == 0


def test_mutated_messages_raise_nothing_and_leave_nothing_behind(caplog):
    chance = random.Random(20_26)
    budget, seen = Budget(4096), Recorder()
    valid = [_dialogue(chance) for _ in range(500)]
    read = told = opaque = 0
    while read < MESSAGES:
        seen.exchanges.clear()
        seen.opaques = 0
        conversation = Conversation(seen, Limits(max_body_bytes=200, connection_bytes=3000), budget)
        chosen = chance.choices(valid, k=chance.randrange(1, 6))
        for piece in cut(_mutated(b"".join(one.request for one in chosen), chance), chance):
            conversation.requests.feed(piece)
        for piece in cut(_mutated(b"".join(one.response for one in chosen), chance), chance):
            conversation.responses.feed(piece)
        asked = len(seen.exchanges) + len(conversation.pending)
        conversation.model_left(broken=False) if chance.random() < 0.5 else conversation.client_left()
        assert budget.held == 0
        assert seen.opaques <= 1
        assert len(seen.exchanges) == asked
        read += 2 * len(chosen)
        told += asked
        opaque += seen.opaques
    assert not caplog.records
    assert told > read / 10  # the mutants are near enough to pass the first check
    assert opaque > read / 100


def _dialogue(chance: random.Random) -> Dialogue:
    return Dialogue(
        chance.choice(["GET", "POST", "HEAD", "CONNECT"]),
        chance.randbytes(chance.choice([0, 5, 300])),
        chance.choice([101, 200, 204, 413, 504]),
        chance.randbytes(chance.choice([0, 5, 300])),
        chance.random() < 0.5,
        chance.random() < 0.2,
    )


def _mutated(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice([0, 0, 1, 1, 2, 5])):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + data[at + chance.randrange(40) :]
        elif kind == 2:
            data = data[:at] + data[max(0, at - chance.randrange(40)) :]
        else:
            data = (
                data[:at]
                + chance.choice([b"\r\n", b"\0", b"Upgrade: x\r\n", b"9" * 20, b" ", b":"])
                + data[at:]
            )
    return data
