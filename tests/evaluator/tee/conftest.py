"""Every test of the tee runs on both event loops."""

import asyncio

import uvloop


def pytest_asyncio_loop_factories():
    return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.SelectorEventLoop}
