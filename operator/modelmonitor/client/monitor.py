"""What a model's code calls; nothing in here waits for anything or raises an error of its own."""

import contextlib
import functools
import inspect
import time as clock
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from modelmonitor.client import predictions
from modelmonitor.client.courier import Courier
from modelmonitor.client.endpoint import Endpoint
from modelmonitor.client.labels import Label, Labels
from modelmonitor.client.predictions import Asked, Predictions

Function = TypeVar("Function", bound=Callable[..., Any])


def _first(*given: Any, **named: Any) -> Any:
    return [*given, *named.values()][0]


def _nothing(*_: Any, **__: Any) -> None:
    return None


@dataclass(slots=True)
class Seen:
    """What the context manager `predicting` is told within its block."""

    prediction: Any = None
    score: Any = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Finds what is to be observed in the arguments and in the answer of a function."""

    features: Callable[..., Any]
    id: Callable[..., Any]
    prediction: Callable[[Any], Any]
    score: Callable[[Any], Any]


class Monitor:
    """Sends predictions and labels to an evaluator, in the background.

    Parameters
    ----------
    url
        The evaluator's address; by default the one in the same pod.
    token
        Bearer token, where the evaluator asks senders of labels for one.
    timeout
        Seconds that the background waits for an answer.
    limit
        How many predictions, and how many labels, may be waiting to be sent; more are dropped. Take fewer
        if a row has megabytes.
    label_patience
        Seconds for which a label is sent again while the evaluator does not know its prediction.

    Notes
    -----
    Forked workers (gunicorn, multiprocessing) begin with an empty queue and a thread of their own. At the
    end of the interpreter what is waiting is sent, for a second at most; a process that is killed, or ends
    by `os._exit`, calls `flush` before it.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:9464",
        *,
        token: str | None = None,
        timeout: float = 2.0,
        limit: int = 10_000,
        label_patience: float = 60.0,
    ) -> None:
        self._made_by = functools.partial(
            Monitor, url, token=token, timeout=timeout, limit=limit, label_patience=label_patience
        )
        self._predictions = Predictions(Endpoint(url, token=token, timeout=timeout))
        self._labels = Labels(Endpoint(url, token=token, timeout=timeout), label_patience)
        self._sending = Courier(self._predictions, limit)
        self._labelling = Courier(self._labels, limit)

    def __reduce__(self) -> tuple[Callable[[], "Monitor"], tuple[()]]:
        """Let models that hold a monitor be pickled and copied: the copy begins anew."""
        return self._made_by, ()

    @property
    def dropped(self) -> int:
        """How many predictions of this process were dropped."""
        return self._predictions.losses.total

    @property
    def labels(self) -> dict[str, int]:
        """How many labels of this process had which outcome; `dropped` are those without any."""
        return {**self._labels.outcomes, "dropped": self._labels.losses.total}

    def observe(
        self,
        features: Any,
        prediction: Any = None,
        score: Any = None,
        *,
        id: Any = None,  # noqa: A002 - the word of the protocol
        time: float | None = None,
    ) -> None:
        """Record a prediction, or a batch of them; takes microseconds.

        Parameters
        ----------
        features
            A mapping by name; for a batch a sequence of mappings or a DataFrame.
        prediction
            The class, the number, or the ranked item ids; for a batch a sequence of those.
        score
            The probability of the positive class, or those of all classes as a list or a mapping; for a
            batch a sequence of those.
        id
            By which a label will be found; for a batch a sequence of those.
        time
            When it was served, in Unix seconds; None for now.

        Notes
        -----
        Values of numpy and pandas are taken as they are. Containers are copied one level deep: do not
        change a list inside of `features` afterwards.
        """
        asked = self._asked(lambda: (features, id))
        self._answered(asked, lambda: (prediction, score), time)

    def label(self, id: Any, actual: Any, time: float | None = None) -> None:  # noqa: A002 - as above
        """Record what turned out to be true of the prediction of this id, at a Unix time; None for now."""
        try:
            self._labelling.put(Label(str(id), actual, time))
        except Exception as error:  # noqa: BLE001 - a model must not fail for its monitor
            self._labelling.lose(1, _reason(error))

    def watch(
        self,
        *,
        features: Callable[..., Any] = _first,
        id: Callable[..., Any] = _nothing,  # noqa: A002 - as above
        prediction: Callable[[Any], Any] = _first,
        score: Callable[[Any], Any] = _nothing,
    ) -> Callable[[Function], Function]:
        """Decorate a function, sync or async, so that every call that returns is observed.

        Parameters
        ----------
        features, id
            Find these in the arguments of a call; by default the first argument, and none.
        prediction, score
            Find these in what is returned; by default all of it, and none.
        """
        reading = _Reading(features, id, prediction, score)

        def decorate(function: Any) -> Any:
            of_its_kind = self._awaited if inspect.iscoroutinefunction(function) else self._called
            return of_its_kind(function, reading)

        return decorate

    @contextlib.contextmanager
    def predicting(self, features: Any, *, id: Any = None) -> Iterator[Seen]:  # noqa: A002 - as above
        """Observe what the block sets as `prediction` and `score`; nothing, if the block fails."""
        asked, seen = self._asked(lambda: (features, id)), Seen()
        yield seen
        self._answered(asked, lambda: (seen.prediction, seen.score))

    def flush(self, seconds: float = 1.0) -> bool:
        """Wait until all has been sent, at most so long; say whether it has."""
        until = clock.monotonic() + seconds
        sent = self._sending.flush(seconds)
        return self._labelling.flush(until - clock.monotonic()) and sent

    def _called(self, function: Callable[..., Any], reading: _Reading) -> Callable[..., Any]:
        @functools.wraps(function)
        def watched(*given: Any, **named: Any) -> Any:
            asked = self._asked(lambda: (reading.features(*given, **named), reading.id(*given, **named)))
            answer = function(*given, **named)
            self._answered(asked, lambda: (reading.prediction(answer), reading.score(answer)))
            return answer

        return watched

    def _awaited(self, function: Callable[..., Any], reading: _Reading) -> Callable[..., Any]:
        @functools.wraps(function)
        async def watched(*given: Any, **named: Any) -> Any:
            asked = self._asked(lambda: (reading.features(*given, **named), reading.id(*given, **named)))
            answer = await function(*given, **named)
            self._answered(asked, lambda: (reading.prediction(answer), reading.score(answer)))
            return answer

        return watched

    def _asked(self, read: Callable[[], tuple[Any, Any]]) -> Asked | None:
        """Copy what the model is asked; None if that is not possible."""
        try:
            return predictions.asked(*read())
        except Exception as error:  # noqa: BLE001 - a model must not fail for its monitor
            self._sending.lose(1, _reason(error))
            return None

    def _answered(
        self, asked: Asked | None, read: Callable[[], tuple[Any, Any]], time: float | None = None
    ) -> None:
        if asked is None:
            return
        try:
            answered = predictions.answered(asked, *read(), clock.time() if time is None else float(time))
            self._sending.put(answered, answered.size)
        except Exception as error:  # noqa: BLE001 - a model must not fail for its monitor
            self._sending.lose(asked.batch or 1, _reason(error))


def _reason(error: Exception) -> str:
    """Say why something was not understood; the error may be of the model's own making."""
    with contextlib.suppress(Exception):
        return f"not understood: {type(error).__name__}: {error}"
    return "not understood"
