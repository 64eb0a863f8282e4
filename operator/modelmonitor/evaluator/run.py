"""The evaluator as a process: what starts, what is done now and then, how it ends."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
import uvloop

from modelmonitor import listening
from modelmonitor.evaluator.app import App
from modelmonitor.evaluator.defects import Defects
from modelmonitor.evaluator.join import stores
from modelmonitor.evaluator.loading import Loaded, Sources
from modelmonitor.evaluator.service import Service
from modelmonitor.evaluator.tee.limits import Limits
from modelmonitor.evaluator.tee.server import Tee
from modelmonitor.wire import families

WATCH_SECONDS = 2.0
TICK_SECONDS = 1.0
PROBE_SECONDS = 5.0
BACKLOG = 2048
GARBAGE_OBJECTS = 10_000
"""Objects born between two looks for cycles: rows hold thousands, none in a cycle."""

logger = logging.getLogger(__name__)
Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Passing:
    """Where the model's callers connect, and where the model is."""

    listen: Address
    upstream: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is said at the start and holds until the end."""

    config: Path | None = None
    reference: Path | None = None
    passing: Passing | None = None
    http: Address
    model_version: str = ""
    redis_url_file: Path | None = None
    token_file: Path | None = None
    reader_token_file: Path | None = None
    drain_seconds: float = 25.0

    @property
    def sources(self) -> Sources:
        """The files that are read again when they change."""
        return Sources(self.config, self.reference)


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    try:
        uvloop.run(_main(settings))
    except OSError as error:
        logger.error("the evaluator ends: %s", error)
        return 1
    return 0


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    texts = settings.sources.texts()
    loaded = settings.sources.load(texts)
    service = Service(
        settings.model_version,
        loaded,
        lambda scheme: stores.make(scheme.config, lambda: _secret(settings.redis_url_file)),
    )
    try:
        async with contextlib.AsyncExitStack() as parts:
            await parts.enter_async_context(_http(settings, loaded, service))
            if settings.passing:  # whatever the config says: it may change, the port of the pod cannot
                await parts.enter_async_context(_tee(settings.passing, settings, loaded, service))
            await parts.enter_async_context(
                _every(WATCH_SECONDS, _Watch(settings.sources, texts, service).look)
            )
            await parts.enter_async_context(_every(TICK_SECONDS, service.tick))
            gc.collect()
            gc.freeze()  # what lives as long as the process need not be looked at again
            gc.set_threshold(GARBAGE_OBJECTS)
            await stop.wait()
            logger.info("stopping: requests on their way are answered")
    finally:
        await service.close()


def _token(path: Path | None) -> str | None:
    return None if path is None else _secret(path)


def _secret(path: Path | None) -> str:
    """Read a secret each time: it may be rotated; one that is not there yet is empty."""
    try:
        return path.read_text().strip() if path else ""
    except OSError:
        return ""


class _Watch:
    """Looks at the files; a change is used at once, without losing counters."""

    def __init__(self, sources: Sources, texts: tuple[bytes | None, bytes | None], service: Service) -> None:
        self._sources = sources
        self._texts = texts
        self._service = service

    async def look(self) -> None:
        """Read the files again and use what changed."""
        texts = await asyncio.to_thread(self._sources.texts)
        if texts != self._texts:
            self._texts = texts
            self._service.use(self._sources.load(texts))


@contextlib.asynccontextmanager
async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Do something again and again in the background; a failure is logged and tried again."""
    defects = Defects(logger)

    async def again() -> None:
        while True:
            try:
                await work()
            except Exception:  # noqa: BLE001 - what is done now and then must go on
                defects.log("%s failed; it is tried again every %s s", work.__qualname__, seconds)
            await asyncio.sleep(seconds)

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def _tee(passing: Passing, settings: Settings, loaded: Loaded, service: Service) -> AsyncIterator[None]:
    """Listen for the model's callers, and look now and then whether the model listens."""
    limits = Limits.copying(loaded.scheme.config.capture.max_body_bytes) if loaded.scheme else Limits()
    tee = Tee(passing.upstream, service.pipeline, limits)
    await tee.start(*passing.listen)
    logger.info("callers connect to port %s, bytes go on to %s:%s", tee.port, *passing.upstream)

    async def probe() -> None:
        up = await tee.upstream.accepts()
        service.banks.current.gauge(families.MODEL_UP, float(up))

    async with _every(PROBE_SECONDS, probe):
        try:
            yield
        finally:
            await tee.drain(settings.drain_seconds)


class _Server(uvicorn.Server):
    """uvicorn without its hands on the signals, which are ours."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Leave signals alone."""
        yield


@contextlib.asynccontextmanager
async def _http(settings: Settings, loaded: Loaded, service: Service) -> AsyncIterator[None]:
    """Serve people and scrapes."""
    host, port = settings.http
    listener = listening.listener(host, port, BACKLOG)
    most = (
        2 * loaded.scheme.config.capture.max_body_bytes if loaded.scheme else 0
    )  # structured events are longer
    app = App(
        service,
        max_event_bytes=most,
        token=lambda: _token(settings.token_file),
        reader_token=lambda: _token(settings.reader_token_file or settings.token_file),
    )
    server = _Server(
        uvicorn.Config(
            app, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, timeout_graceful_shutdown=2,
        )
    )  # fmt: skip
    serving = asyncio.create_task(server.serve([listener]))
    logger.info("metrics, labels and statistics are at port %s", listener.getsockname()[1])
    try:
        yield
    finally:
        service.readers.end("it stops")
        server.should_exit = True
        await serving
