"""What is said on one connection: requests and responses in pairs, told to the observer as they end."""

import logging
import time
from collections import deque

import httptools

from modelmonitor.evaluator.exchange import Exchange, Observer, Outcome
from modelmonitor.evaluator.tee import requests, responses
from modelmonitor.evaluator.tee.bodies import Asked, Body
from modelmonitor.evaluator.tee.limits import PIPELINED, SMALL_HEAD, Budget, Limits

_LOG = logging.getLogger(__name__)
_BODYLESS = ("HEAD", "CONNECT")


class Conversation:
    """The copies of one connection.

    Every request whose head could be read is told exactly once, by `Observer.exchanged`. `Observer.opaque` is
    called once, as soon as requests cannot be read any more or the connection is upgraded. Nothing is raised.
    """

    __slots__ = ("_budget", "_limits", "_observer", "_opaque", "bodyless", "pending", "requests", "responses")

    def __init__(self, observer: Observer, limits: Limits, budget: Budget) -> None:
        self._observer = observer
        self._limits = limits
        self._budget = Budget(limits.connection_bytes, budget)
        self._opaque = False
        self.pending: deque[Asked] = deque()
        self.bodyless = 0
        self.requests = requests.Requests(self)
        self.responses = responses.Responses(self)

    @property
    def idle(self) -> bool:
        """Whether the connection lies between two exchanges, or before the first."""
        return self.requests.between() and not self.pending

    @property
    def begun(self) -> bool:
        """Whether the client has said anything that can be told, or that cannot be read."""
        return bool(self.pending) or self._opaque

    def ask(self, asked: Asked, headers: dict[bytes, bytes], head_bytes: int) -> None:
        """Take note of the head of a request."""
        if len(self.pending) == PIPELINED or not self._keep(asked, headers, head_bytes):
            self.unreadable()
            return
        self.bodyless += asked.method in _BODYLESS
        self.pending.append(asked)

    def _keep(self, asked: Asked, headers: dict[bytes, bytes], head_bytes: int) -> bool:
        """Keep what the budget allows: all that is wanted, or at least the target, or return False."""
        if self._observer.copies(asked.method, asked.target) and self._budget.take(head_bytes):
            asked.head_bytes = head_bytes
            asked.headers = headers
            asked.body = Body(self._limits.max_body_bytes, self._budget)
            return True
        asked.head_bytes = max(0, len(asked.target) - SMALL_HEAD)
        return self._budget.take(asked.head_bytes)

    def reply(self) -> Body | None:
        """Return the copy to fill with the body of the response that has begun; None if it is not wanted."""
        if not self.pending or self.pending[0].body is None:
            return None
        return Body(self._limits.max_body_bytes, self._budget)

    def ends_with_head(self, status: int) -> bool:
        """Say whether the response that has begun has no body, whatever its head says, for what was asked."""
        return bool(self.pending) and (
            self.pending[0].method == "HEAD" or _is_tunnel(self.pending[0], status)
        )

    def answered(self, status: int, headers: dict[bytes, bytes], body: Body | None) -> None:
        """Take note of a whole response."""
        if not self.pending:
            return  # the model speaks unasked, of a timeout perhaps
        asked = self.pending.popleft()
        self._tell(asked, _outcome(status), status, headers, body)
        if asked.upgrade and (status == 101 or _is_tunnel(asked, status)):
            self._forget()
            self.unreadable()
        elif self._opaque and not self.pending:
            self.responses.stop()

    def client_left(self) -> None:
        """Take note that the client sends no more; whoever does so before the response gave up."""
        while self.pending:
            asked = self.pending.popleft()
            self._fail(asked, Outcome.TIMEOUT if asked.whole else Outcome.REJECTED)
        self.stop()

    def model_left(self, *, broken: bool) -> bool:
        """Take note that the model sends no more, by a reset if broken; return whether all was said."""
        if not broken:
            self.responses.end()
        idle = self.idle
        while self.pending:
            self._fail(self.pending.popleft(), Outcome.ERROR)
        self.stop()
        return idle

    def garbled(self, error: Exception | None = None) -> None:
        """Take note of a response that cannot be read: no client can have understood it either."""
        self.unreadable(error)
        self.model_left(broken=True)

    def unreadable(self, error: Exception | None = None, *, encrypted: bool = False) -> None:
        """Read no further requests; the responses to those before are still awaited."""
        if isinstance(error, httptools.HttpParserCallbackError):
            _LOG.error(
                "a copy could not be read; this is a defect, please report it", exc_info=error.__context__
            )
        self.requests.stop()
        if not self.pending:
            self.responses.stop()
        if not self._opaque:
            self._opaque = True
            self._observer.opaque(encrypted=encrypted)

    def stop(self) -> None:
        """Read nothing more."""
        self.requests.stop()
        self.responses.stop()
        self._forget()

    def _forget(self) -> None:
        while self.pending:
            asked = self.pending.popleft()
            self._budget.give(asked.head_bytes)
            if asked.body is not None:
                asked.body.drop()

    def _fail(self, asked: Asked, outcome: Outcome) -> None:
        self.responses.now = time.perf_counter()
        status, headers, body = self.responses.partial()
        if body is not None:
            body.drop()
        self._tell(asked, outcome, status, headers, body)

    def _tell(
        self, asked: Asked, outcome: Outcome, status: int, headers: dict[bytes, bytes], body: Body | None
    ) -> None:
        self._budget.give(asked.head_bytes)
        self.bodyless -= asked.method in _BODYLESS
        request = asked.body
        if request is not None and not asked.whole:
            request.drop()
        exchange = Exchange(
            asked.method,
            asked.target,
            asked.headers,
            None if request is None else request.take(),
            status,
            headers if request is not None else {},
            None if body is None else body.take(),
            outcome,
            time.time(),
            self.responses.now - asked.started,
            (request is not None and request.too_large) or (body is not None and body.too_large),
        )
        self._observer.exchanged(exchange)


def _is_tunnel(asked: Asked, status: int) -> bool:
    return asked.method == "CONNECT" and 200 <= status < 300


def _outcome(status: int) -> Outcome:
    if status < 400:
        return Outcome.OK
    if status < 500:
        return Outcome.REJECTED
    return Outcome.TIMEOUT if status == 504 else Outcome.ERROR
