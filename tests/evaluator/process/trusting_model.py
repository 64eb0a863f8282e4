"""A model on uvicorn with its defaults: answers whom it takes the caller for. It prints its port."""

import asyncio
import socket
import sys

import uvicorn


async def answer(scope, receive, send):
    body = f"{scope['client'][0]} {scope['scheme']}".encode()
    head = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    await send(head)
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    listener = socket.create_server((sys.argv[1], 0), backlog=128)
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - for whoever starts it
    config = uvicorn.Config(answer, lifespan="off", log_level="error")
    asyncio.run(uvicorn.Server(config).serve([listener]))
