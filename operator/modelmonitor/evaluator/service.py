"""All that an evaluator holds while it runs, and what its HTTP port offers of it."""

import dataclasses
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from modelmonitor.evaluator import exposition, statistics
from modelmonitor.evaluator.app import Answer, Request, json_answer
from modelmonitor.evaluator.banks import Banks
from modelmonitor.evaluator.captured import Reader, Readers
from modelmonitor.evaluator.exchange import Exchange
from modelmonitor.evaluator.ingest import Ingest, Reading, feedback, sdk
from modelmonitor.evaluator.ingest.cloudevents import Pairing
from modelmonitor.evaluator.join import Join
from modelmonitor.evaluator.join.labels import LabelAnswer
from modelmonitor.evaluator.join.store import LabelOutcome, Store, StoreDown
from modelmonitor.evaluator.join.stores import StoreUnusable
from modelmonitor.evaluator.loading import Loaded
from modelmonitor.evaluator.pipeline import Pipeline
from modelmonitor.wire import families
from modelmonitor.wire.config import EvaluatorConfig, Mode
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

logger = logging.getLogger(__name__)
PAIRING_BYTES = 8 << 20
"""Events that may wait for their other half; more where single ones may be larger."""


class Service:
    """Counters, pipeline and join of one model, under the scheme that its files describe now."""

    def __init__(self, version: str, loaded: Loaded, open_store: Callable[[Scheme], Store]) -> None:
        """Begin; `open_store` gives the place where predictions wait, or raises StoreUnusable for now."""
        self.banks = Banks(version)
        self.readers = Readers()
        self.pipeline = Pipeline(self.banks.current, None, None, self.readers.predicted)
        self._version = version
        self.loaded = Loaded(loaded.state)
        self._open_store = open_store
        self._store: Store | None = None
        self._join: Join | None = None
        self._pairing = Pairing(max_bytes=_room(loaded))
        self._told: Counter[Loss] = Counter()
        self._store_errors = 0
        self._stored_as: EvaluatorConfig | None = None
        self._storeless = ""
        """Why there is no store, where there should be one."""
        self.use(loaded)

    def use(self, loaded: Loaded) -> None:
        """Go on under what the files say now; what they get wrong leaves the last good scheme in place."""
        if loaded.complaint:
            logger.warning("%s: %s", loaded.state.value, loaded.complaint)
        scheme, before = loaded.scheme or self.loaded.scheme, self.loaded.scheme
        self.loaded = dataclasses.replace(loaded, scheme=scheme)
        self.pipeline.finish()
        if scheme is None or before is None or scheme.hash != before.hash:
            self.readers.end("another config")
        self.banks.use(scheme, loaded, time.time())
        if scheme is None:
            self.pipeline.use(self.banks.current, None, None)
            return
        if self._join is not None:
            self._join.use(scheme)
        self._remember(scheme)
        logger.info("counting %s with config %s, reference %s", *_described(scheme))

    async def tick(self) -> None:
        """Do what is due about once a second: count what has matured, give up what waits for nothing."""
        now = time.time()
        self._lost(Loss.UNPAIRED, self._pairing.expire(now))
        scheme = self.loaded.scheme
        if self._join is None and scheme is not None and self._opened(scheme):
            self._remember(scheme)
        if self._join is not None:
            while matured := await self._join.mature(now):
                for its_scheme, cohort in matured:
                    self.banks.matured(its_scheme, cohort, now)
            await self._tell(self._join)
        self.banks.tidy(now)

    async def close(self) -> None:
        """Count what can be counted, and what is lost with this process."""
        self.pipeline.finish()
        if self._join is not None:
            await self.tick()
            if given_up := await self._join.abandon():
                logger.warning("%d predictions that waited for their labels are given up", given_up)

    def _remember(self, scheme: Scheme) -> None:
        """Read by this scheme, and remember predictions if there is a place."""
        if self._join is None:
            self._opened(scheme)
        elif self._stored_as is not None and _place(scheme.config) != _place(self._stored_as):
            logger.warning("label store: a change of its place or bound is used by the next start only")
        self.pipeline.use(self.banks.current, Ingest(scheme), self._join)

    def _opened(self, scheme: Scheme) -> bool:
        """Open the store if that can be done now; say once why not."""
        try:
            self._store = self._open_store(scheme)
        except StoreUnusable as error:
            if str(error) != self._storeless:
                logger.warning("%s; until then no prediction is remembered", error)
            self._storeless = str(error)
            return False
        self._join, self._storeless, self._stored_as = Join(self._store, scheme), "", scheme.config
        return True

    # What the port offers.

    def metrics(self, accept: bytes, encodings: bytes) -> Answer:
        """Render the scrape."""
        self._measure()
        form = exposition.negotiate(accept, encodings)
        body = exposition.body(self.banks.every(), form)
        self.banks.scraped()
        headers = {"content-encoding": "gzip"} if form.gzip else {}
        return Answer(200, body, form.content_type, headers)

    async def statistics(self) -> object:
        """Return the document of `/v1/stats`; requests pass while it is made."""
        self._measure()
        document = await statistics.gradually(self.banks.current, time.time())
        complaint = self.loaded.complaint or self._storeless
        return {**document, "complaint": complaint} if complaint else document

    def complaint(self) -> str:
        """Say why this evaluator is not ready: never, once its port answers; it must not hold up its pod."""
        return ""

    def read_along(self) -> Reader | Answer:
        """Let one more read what is captured, or say why not now."""
        if self.loaded.scheme is None:
            why = self.loaded.complaint or "no config"
            return Answer(503, f"nothing is captured: {why}\n".encode(), headers={"retry-after": "60"})
        reader = self.readers.join(self.loaded.scheme, self._version)
        return reader or Answer(429, b"others read already; try again later\n", headers={"retry-after": "60"})

    def event(self, request: Request) -> Answer:
        """Take rows of the SDK, or events of a logger."""
        scheme = self.loaded.scheme
        if scheme is None:
            self._lost(Loss.UNCONFIGURED, 1)
            return json_answer(202, {"accepted": 0, "lost": {Loss.UNCONFIGURED.value: 1}})
        if _is_cloud_event(request):
            return self._logged(request)
        reading = sdk.read(request.body, scheme)
        if reading.rows is not None:
            served = _served(reading.rows.time, time.time(), scheme.config.labels.maturity_seconds)
            self.pipeline.count(dataclasses.replace(reading.rows, time=served))
        return self._accepted(reading)

    def oversized(self, headers: Mapping[bytes, bytes]) -> None:
        """Take note of rows or an event whose body was too large to be taken."""
        outcome: Exchange | Loss | None = Loss.BODY_TOO_LARGE
        if self.loaded.scheme is not None and b"ce-type" in headers:
            outcome = self._pairing.offer(headers, None, time.time())
        if outcome is not None:
            self._paired(outcome)

    async def labels(self, request: Request, one: str | None) -> Answer:
        """Take labels, or the label of one prediction."""
        if self._join is None:
            return self._no_labels()
        if one is None:
            answer = await self._join.labels(request.body, request.header(b"content-type").decode("latin-1"))
        else:
            answer = await self._join.label(one, request.body)
        return self._labelled(answer)

    async def feedback(self, items: Sequence[feedback.Item]) -> Answer:
        """Take labels that came as an event, and say what became of each."""
        if self._join is None:
            return self._no_labels()
        answer = self._labelled(await self._join.labels(msgspec.json.encode(items)))
        return dataclasses.replace(answer, status=202) if answer.status == 200 else answer

    def _no_labels(self) -> Answer:
        why = (self._storeless if self.loaded.scheme else self.loaded.complaint) or "no config"
        return Answer(503, f"no labels are taken: {why}\n".encode(), headers={"retry-after": "60"})

    def _logged(self, request: Request) -> Answer:
        outcomes = self._pairing.offer_all(request.headers, request.body, time.time())
        for outcome in outcomes:
            self._paired(outcome)
        lost = Counter(outcome.value for outcome in outcomes if isinstance(outcome, Loss))
        return json_answer(202, {"accepted": 0, "lost": lost})

    def _paired(self, outcome: Exchange | Loss) -> None:
        if isinstance(outcome, Exchange):
            self.banks.current.traffic.passed(outcome, predicts=True)
            self.pipeline.offer(outcome)
        else:
            self._lost(outcome, 1)

    def _accepted(self, reading: Reading) -> Answer:
        for reason, number in reading.losses:
            self._lost(reason, number)
        lost = {reason.value: number for reason, number in reading.losses}
        return json_answer(202, {"accepted": reading.rows.count if reading.rows else 0, "lost": lost})

    def _labelled(self, answer: LabelAnswer) -> Answer:
        for outcome, number in answer.counts.items():
            self.banks.current.labelled(outcome.value, number)
        if answer.lags:
            self.banks.current.lag(answer.lags)
        if self.readers:
            told = zip(answer.results, answer.actuals, strict=True)
            good = [(id_ or "", it) for (id_, outcome), it in told if outcome is not LabelOutcome.INVALID]
            self.readers.labelled([id_ for id_, _ in good], [it for _, it in good])
        retry = {} if answer.retry_after is None else {"retry-after": str(answer.retry_after)}
        return json_answer(answer.status, answer.body, retry)

    def _measure(self) -> None:
        """Bring what waits now into the gauges."""
        current, scheme = self.banks.current, self.loaded.scheme
        logged = scheme is not None and scheme.config.capture.mode is Mode.CLOUD_EVENTS
        limit = self.pipeline.limit + (self._pairing.max_bytes if logged else 0)
        current.gauge(families.QUEUE_BYTES, self.pipeline.waiting_bytes + self._pairing.waiting_bytes)
        current.gauge(families.QUEUE_LIMIT, limit)

    def _lost(self, reason: Loss, number: int) -> None:
        if number:
            self.banks.current.lost(reason, number)

    async def _tell(self, join: Join) -> None:
        """Bring what the join and its store have lost into the counters."""
        for reason, number in (join.lost - self._told).items():
            self._lost(reason, number)
        self._told = join.lost.copy()
        if self._store is not None:
            self.banks.current.store_failed(self._store.errors - self._store_errors)
            self._store_errors = self._store.errors
        try:
            self.banks.current.gauge(families.PENDING, await join.pending())
        except StoreDown:
            self.banks.current.gauge(families.PENDING, float("nan"))


def _served(told: float, now: float, maturity_seconds: float) -> float:
    """Return when rows were served: as told, unless any label would be late, or that is yet to come."""
    return told if now - maturity_seconds < told <= now else now


def _room(loaded: Loaded) -> int:
    """Return how many bytes of events may wait for their other half: the largest pair at least."""
    largest = loaded.scheme.config.capture.max_body_bytes if loaded.scheme else 0
    return max(PAIRING_BYTES, 2 * largest + PAIRING_BYTES // 2)


def _place(config: EvaluatorConfig) -> tuple[object, ...]:
    return config.labels.store, config.labels.max_bytes, config.namespace, config.monitor


def _is_cloud_event(request: Request) -> bool:
    return b"ce-type" in request.headers or b"cloudevents" in request.header(b"content-type")


def _described(scheme: Scheme) -> Iterable[str]:
    return scheme.config.monitor, scheme.config.hash, scheme.profile_hash or "none"
