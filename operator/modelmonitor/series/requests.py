"""Which series there are about requests and losses: what passes through, how it ends, how long it takes."""

from collections.abc import Iterator

from modelmonitor.series.series import Axis, Edges, Series
from modelmonitor.wire import families
from modelmonitor.wire.config import EvaluatorConfig, Mode
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.numbers import label_number
from modelmonitor.wire.outcome import Outcome

CODES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
"""Classes of status; `none`: no status line came."""
DURATION_EDGES: Edges = (
    0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4,
    0.5, 0.6, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0,
)  # fmt: skip
"""Seconds; dense where latency objectives usually lie: 50, 100, 200, 500 ms and 1 s."""
ROWS_EDGES: Edges = tuple(float(2**power) for power in range(17))
BYTES_EDGES: Edges = tuple(float(4**power) for power in range(3, 13))


def thresholds(config: EvaluatorConfig | None) -> tuple[float, ...]:
    """Return the latency thresholds, each once, ascending."""
    return tuple(sorted(set(config.latency_thresholds))) if config else ()


def declared(config: EvaluatorConfig | None) -> Iterator[Series]:
    """List what is counted about requests and losses; without a config, all that there is."""
    outcomes = tuple(outcome.value for outcome in Outcome)
    yield Series(
        families.REQUESTS, (Axis.of("code", CODES, "codes"), Axis.of("outcome", outcomes, "outcomes"))
    )
    yield Series(families.PASSTHROUGH)
    if config is None or config.capture.mode is Mode.PROXY:
        yield Series(families.MODEL_UP)
    yield Series(families.DURATION, edges=(DURATION_EDGES,), summed=True)
    if limits := tuple(map(label_number, thresholds(config))):
        axis = Axis.of("threshold", limits, "thresholds")
        yield Series(families.WITHIN, (axis,))
        yield Series(families.TIMED, (axis,))
    yield Series(families.REQUEST_BYTES, edges=(BYTES_EDGES,), summed=True)
    yield Series(families.DROPPED, (Axis.of("reason", tuple(loss.value for loss in Loss), "reasons"),))
    yield Series(families.QUEUE_BYTES)
    yield Series(families.QUEUE_LIMIT)
