"""The webhook's HTTP: whatever goes wrong, the pod is allowed, and somebody is told."""

import asyncio
import json
import logging
import time

from aiohttp import web

from modelmonitor.cluster import webhooks
from modelmonitor.cluster.kinds import Object
from modelmonitor.errors import InternalError, MonitorError, SpecInvalid
from modelmonitor.handlers.admission import injecting, review
from modelmonitor.handlers.admission.injecting import Evaluator, Reads
from modelmonitor.handlers.admission.review import Review
from modelmonitor.handlers.metrics import Metrics

SECONDS = 1.5
"""For a whole answer; the API server waits for half a second more."""
MOST_BYTES = 4 * 2**20
"""Of a question; the API server itself takes objects of 3 MiB at most."""

logger = logging.getLogger(__name__)


class Answering:
    """Answers questions about pods.

    Attributes
    ----------
    leaving
        Whether every answer is the last of its connection: the next question should go to another replica.
    """

    def __init__(
        self, cluster: Reads, evaluator: Evaluator, metrics: Metrics, seconds: float = SECONDS
    ) -> None:
        self._cluster = cluster
        self._evaluator = evaluator
        self._metrics = metrics
        self._seconds = seconds
        self.leaving = False

    @property
    def application(self) -> web.Application:
        """The application that answers at `/inject`."""
        application = web.Application(client_max_size=MOST_BYTES)
        application.router.add_post(webhooks.PATH, self._post)
        return application

    async def _post(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            return _refused(415, f"Content-Type: expected application/json, got {request.content_type}")
        try:
            asked = review.read(json.loads(await request.read()))
        except web.HTTPRequestEntityTooLarge:
            return _refused(413, f"body: expected {MOST_BYTES} bytes at most, got more")
        except SpecInvalid as error:
            return _refused(400, str(error))
        except (ValueError, RecursionError):
            return _refused(400, "body: expected JSON, got something else")
        answer = web.json_response(await self._answer(asked))
        if self.leaving:
            answer.force_close()
        return answer

    async def _answer(self, asked: Review) -> Object:
        """Answer in time, and never no."""
        if not asked.monitor:
            return review.allow(asked, webhooks.ANSWER if asked.is_trial else None)
        began = time.perf_counter()
        result, warning, operations = "unchanged", "", list[Object]()
        try:
            async with asyncio.timeout(self._seconds):
                operations = await injecting.operations(self._cluster, asked, self._evaluator)
            result = "injected" if operations else result
        except TimeoutError:
            result, warning = "Timeout", f"the Kubernetes API did not answer within {self._seconds:g} s"
        except MonitorError as error:
            result, warning = error.reason, str(error)
        except Exception:
            result, warning = InternalError.reason, "a bug of modelmonitor; see the log of the operator"
            logger.exception("a pod could not be judged: %s", asked.name)
        self._metrics.admitted(result, time.perf_counter() - began)
        if warning:
            warning = f"modelmonitor adds no evaluator to this pod: {warning}"
        logger.log(logging.WARNING if warning else logging.DEBUG, "%s: %s", asked.name, warning or result)
        return review.allow(asked, operations, warning)


def _refused(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
