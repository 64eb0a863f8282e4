"""What is told of the requests and responses that pass."""

import time

import pytest

from evaluator.tee.scene import head, saying, scene
from modelmonitor.evaluator.exchange import Outcome
from modelmonitor.evaluator.tee.limits import Limits

POST = (
    b"POST /v1/models/m:predict?a=1 HTTP/1.1\r\nHost: m\r\nX-Request-ID: 7\r\nContent-Length: 5\r\n\r\nhello"
)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nyes"
GET = b"GET /health HTTP/1.1\r\nHost: m\r\n\r\n"


async def test_a_request_and_its_response_are_told_whole():
    before = time.time()
    async with scene(saying(OK, length=5)) as it:
        assert await it.say(POST, len(OK)) == OK
        (told,) = await it.seen.told()
    assert (told.method, told.target, told.path) == (
        "POST",
        "/v1/models/m:predict?a=1",
        "/v1/models/m:predict",
    )
    assert told.request_headers == {b"host": b"m", b"x-request-id": b"7", b"content-length": b"5"}
    assert told.request_body == b"hello"
    assert told.status == 200
    assert told.response_headers == {b"content-type": b"text/plain", b"content-length": b"3"}
    assert told.response_body == b"yes"
    assert told.outcome is Outcome.OK
    assert not told.too_large
    assert before <= told.ended <= time.time()
    assert 0 < told.seconds < told.ended - before + 1


async def test_bodies_and_headers_that_nobody_wants_are_not_copied():
    async with scene(saying(OK, length=5), wanted=False) as it:
        await it.say(POST, len(OK))
        (told,) = await it.seen.told()
    assert (told.method, told.status, told.outcome) == ("POST", 200, Outcome.OK)
    assert (told.request_headers, told.response_headers) == ({}, {})
    assert (told.request_body, told.response_body, told.too_large) == (None, None, False)


async def test_requests_of_one_connection_are_told_one_by_one():
    async with scene(saying(OK, OK, OK, length=5)) as it:
        reader, writer = await it.connect()
        for _ in range(3):
            writer.write(POST)
            assert await reader.readexactly(len(OK)) == OK
        assert [told.request_body for told in await it.seen.told(3)] == [b"hello"] * 3
        writer.close()
        await it.alone()
        await it.seen.told(3)


async def test_a_body_in_many_pieces_is_one_body():
    async with scene(saying(OK, length=5)) as it:
        reader, writer = await it.connect()
        for byte in POST:
            writer.write(bytes([byte]))
            await writer.drain()
        await reader.readexactly(len(OK))
        (told,) = await it.seen.told()
    assert told.request_body == b"hello"


async def test_pipelined_requests_find_their_responses():
    numbers = [b"%d" % number for number in range(50)]
    requests = [b"POST /%b HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (n, len(n), n) for n in numbers]
    responses = [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(n), n) for n in numbers]

    async def model(reader, writer):
        await reader.readexactly(sum(map(len, requests)))
        writer.write(b"".join(responses))
        await reader.read()

    async with scene(model) as it:
        assert await it.say(b"".join(requests), sum(map(len, responses))) == b"".join(responses)
        told = await it.seen.told(50)
    assert [(one.target, one.request_body, one.response_body) for one in told] == [
        ("/" + n.decode(), n, n) for n in numbers
    ]


async def test_chunks_are_one_body_and_trailers_no_headers():
    chunked = b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n"
    chunked += b"Content-Type: no\r\nEmpty:\r\n\r\n"
    request, response = b"POST / HTTP/1.1\r\n" + chunked, b"HTTP/1.1 200 OK\r\n" + chunked

    async def model(reader, writer):
        for _ in range(2):
            await reader.readexactly(len(request))
            writer.write(response)
        await reader.read()

    async with scene(model) as it:
        reader, writer = await it.connect()
        for _ in range(2):
            writer.write(request)
            assert await reader.readexactly(len(response)) == response
        told = await it.seen.told(2)
    for one in told:
        assert (one.request_body, one.response_body) == (b"hello", b"hello")
        assert one.request_headers == one.response_headers == {b"transfer-encoding": b"chunked"}


async def test_of_repeated_headers_the_last_counts_whatever_their_case():
    async with scene(saying(OK)) as it:
        await it.say(b"GET / HTTP/1.1\r\nA: 1\r\na: 2\r\nEmpty:\r\nA: 3\r\n\r\n", len(OK))
        (told,) = await it.seen.told()
    assert told.request_headers == {b"a": b"3", b"empty": b""}


async def test_a_response_to_head_has_a_length_but_no_body_even_between_others():
    of_head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    answers = OK + of_head + of_head + OK.replace(b"yes", b"\nHT")

    async def model(reader, writer):
        for _ in range(4):
            await head(reader)
        writer.write(answers)
        await reader.read()

    asked = GET + GET.replace(b"GET", b"HEAD") * 2 + GET
    async with scene(model) as it:
        assert await it.say(asked, len(answers)) == answers
        told = await it.seen.told(4)
    assert [one.method for one in told] == ["GET", "HEAD", "HEAD", "GET"]
    assert [one.response_body for one in told] == [b"yes", b"", b"", b"\nHT"]


async def test_an_interim_response_is_not_the_response():
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"

    async def model(reader, writer):
        assert b"Expect" in await head(reader)
        writer.write(interim)
        assert await reader.readexactly(5) == b"hello"
        writer.write(hints + OK)
        await reader.read()

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert await reader.readexactly(len(interim)) == interim
        writer.write(b"hello")
        assert await reader.readexactly(len(hints + OK)) == hints + OK
        (told,) = await it.seen.told()
    assert (told.status, told.request_body, told.response_body) == (200, b"hello", b"yes")
    assert told.response_headers == {b"content-type": b"text/plain", b"content-length": b"3"}


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified\r\nContent-Length: 9"])
async def test_a_response_without_a_body_ends_with_its_head(status):
    answer = b"HTTP/1.1 " + status + b"\r\n\r\n"
    async with scene(saying(answer, OK)) as it:
        reader, writer = await it.connect()
        for expected in (answer, OK):
            writer.write(GET)
            assert await reader.readexactly(len(expected)) == expected
        told = await it.seen.told(2)
    assert [one.response_body for one in told] == [b"", b"yes"]


async def test_a_response_without_a_length_ends_with_the_connection():
    async def model(reader, writer):
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nuntil ")
        await writer.drain()
        writer.write(b"the end")
        writer.close()

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET)
        assert (await reader.read()).endswith(b"until the end")
        (told,) = await it.seen.told()
        await it.alone()
        writer.close()
    assert (told.outcome, told.response_body) == (Outcome.OK, b"until the end")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "ok"), (302, "ok"), (400, "rejected"), (429, "rejected"), (500, "error"), (503, "error"),
     (504, "timeout")],
)  # fmt: skip
async def test_the_status_says_the_outcome(status, outcome):
    async with scene(saying(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)) as it:
        await it.say(GET, 20)
        (told,) = await it.seen.told()
    assert (told.status, told.outcome) == (status, outcome)


async def test_a_response_before_the_whole_request_ends_the_exchange():
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"

    async def model(reader, writer):
        await head(reader)
        writer.write(refusal)
        await reader.readexactly(10)
        writer.write(OK)
        await reader.read()

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345")
        assert await reader.readexactly(len(refusal)) == refusal
        await it.seen.told()
        writer.write(b"67890" + GET)
        assert await reader.readexactly(len(OK)) == OK
        first, second = await it.seen.told(2)
    assert (first.status, first.request_body, first.outcome) == (413, None, Outcome.REJECTED)
    assert (second.target, second.response_body) == ("/health", b"yes")


async def test_a_declined_upgrade_with_a_body_is_an_exchange_like_others():
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    plain = b"POST /1 HTTP/1.1\r\n" + upgrade + b"Content-Length: 5\r\n\r\nhello"
    chunked = b"POST /2 HTTP/1.1\r\n" + upgrade + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    bare = b"GET /3 HTTP/1.1\r\n" + upgrade + b"\r\n"
    requests = [plain, chunked, bare, POST]

    async def model(reader, writer):
        for request in requests:
            await reader.readexactly(len(request))
            writer.write(OK)
        await reader.read()

    async with scene(model) as it:
        reader, writer = await it.connect()
        for request in requests:
            writer.write(request)
            assert await reader.readexactly(len(OK)) == OK
        told = await it.seen.told(4)
    assert [one.request_body for one in told] == [b"hello", b"hello", b"", b"hello"]


async def test_a_body_over_the_limit_passes_and_is_told_as_too_large():
    large = b"x" * 101
    request = b"POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n" + large
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + large
    async with scene(saying(response, OK, length=101), Limits(max_body_bytes=100)) as it:
        reader, writer = await it.connect()
        writer.write(request)
        assert await reader.readexactly(len(response)) == response
        writer.write(request.replace(b"101", b"100")[:-1] + b"\n")
        await reader.readexactly(len(OK))
        first, second = await it.seen.told(2)
    assert (first.request_body, first.response_body, first.too_large) == (None, None, True)
    assert (second.request_body, second.too_large) == (large[:-1], False)


async def test_what_a_model_says_unasked_is_no_exchange():
    async def model(reader, writer):
        writer.write(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with scene(model) as it:
        reader, writer = await it.connect()
        assert (await reader.read()).startswith(b"HTTP/1.1 408")
        writer.close()
        await it.alone()
        await it.seen.told(0)
