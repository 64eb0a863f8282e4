"""From bytes to rows: every protocol of models ends in one form, and what cannot be counted has a reason.

exchange ─▶ encoding ─▶ openinference (binary) │ kserve_v1 │ mlflow │ mapped ─▶ answers, ids ─▶ rows
CloudEvents are paired into exchanges first (`cloudevents`); our client posts rows (`sdk`).

Values are handed on as they were sent: a text in a numeric column, a whole number of hundreds of digits or
a list in place of a value is for the counters to tell. What comes in costs memory in proportion to its
bytes, whatever it is.
"""

import logging
import traceback
from collections.abc import Callable
from functools import lru_cache

from modelmonitor.evaluator.exchange import Exchange
from modelmonitor.evaluator.ingest import encoding, kserve_v1, mlflow, openinference, paths
from modelmonitor.evaluator.ingest.kserve_v1 import KServeV1
from modelmonitor.evaluator.ingest.mapped import Mapped
from modelmonitor.evaluator.ingest.message import Message, Reader
from modelmonitor.evaluator.ingest.mlflow import MLflow
from modelmonitor.evaluator.ingest.openinference import OpenInference
from modelmonitor.evaluator.ingest.reading import Reading, Refused
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.config import Protocol
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

__all__ = ["Ingest", "Reading"]

_log = logging.getLogger(__name__)
REMEMBERED_TARGETS = 256
_NOTHING = Reading(None)
_LOST = {loss: Reading(None, ((loss, 1),)) for loss in Loss}
_READERS: dict[Protocol, Callable[[Scheme], Reader]] = {
    Protocol.OPEN_INFERENCE: OpenInference,
    Protocol.KSERVE_V1: KServeV1,
    Protocol.MLFLOW: MLflow,
    Protocol.JSON: Mapped,
}
_PATHS = {
    Protocol.OPEN_INFERENCE: openinference.PATHS,
    Protocol.KSERVE_V1: kserve_v1.PATHS,
    Protocol.MLFLOW: mlflow.PATHS,
    Protocol.JSON: (),
}


class Ingest:
    """Reads the exchanges of one model.

    Raises
    ------
    SpecInvalid
        If a configured path into documents is none.
    """

    def __init__(self, scheme: Scheme) -> None:
        capture = scheme.config.capture
        self._reader = _READERS[capture.protocol](scheme)
        self._targets = paths.targets(capture.paths or _PATHS[capture.protocol])
        self._limit = capture.max_body_bytes
        self.wants = lru_cache(REMEMBERED_TARGETS)(self._wants)
        """Say whether such a request, by its method and target, asks for predictions."""
        self._reported = float("-inf")

    def _wants(self, method: str, target: str) -> bool:
        return method == "POST" and self._targets.fullmatch(target.partition("?")[0]) is not None

    def read(self, exchange: Exchange) -> Reading:
        """Return the predictions of an exchange, or why there are none to count; never raises.

        Answers other than 2xx have none, and lose none.
        """
        if not 200 <= exchange.status < 300:
            return _NOTHING
        try:
            return Reading(self._rows(exchange))
        except Refused as refused:
            return _LOST[refused.loss]
        except Exception as error:  # noqa: BLE001 - a defect of ours must not harm what it watches
            self._report(error, exchange.ended)
            return _LOST[Loss.INTERNAL]

    def _rows(self, exchange: Exchange) -> Rows:
        request, response = exchange.request_body, exchange.response_body
        if request is None or response is None:
            raise Refused(Loss.BODY_TOO_LARGE if exchange.too_large else Loss.INCOMPLETE)
        request = encoding.decoded(
            request, exchange.request_headers.get(b"content-encoding", b""), self._limit
        )
        response = encoding.decoded(
            response, exchange.response_headers.get(b"content-encoding", b""), self._limit
        )
        return self._reader.rows(
            Message(request, exchange.request_headers, response, exchange.response_headers, exchange.ended)
        )

    def _report(self, error: Exception, now: float) -> None:
        """Tell where it failed, at most once a minute, and nothing of the body."""
        if 0 <= now - self._reported < 60:
            return
        self._reported = now
        where = traceback.extract_tb(error.__traceback__)[-1]
        _log.error("ingest: %s in %s, line %s", type(error).__name__, where.name, where.lineno)
