"""When a monitor is visited again though nothing is heard of it."""

from modelmonitor.api.status import ModelMonitorStatus
from modelmonitor.report.outcome import Outcome

WAITING_EVERY = 15.0
"""Seconds between two looks at rules, a reference or pods that are on their way."""
_ON_THEIR_WAY = frozenset({"Waiting", "RollingOut", "Injecting", "Removing"})
TURN_EVERY = 3.0
TURNS_PER_SECOND = 10.0
"""Targets that wait for a turn to be rolled are read at each visit: of many, each is visited less often."""
_IN_TURN = frozenset({"RolloutWaiting", "WebhookUnavailable"})


def after(outcome: Outcome, status: ModelMonitorStatus, monitors: int) -> float | None:
    """Return after how many seconds to look again; None: at the next resync is soon enough.

    Parameters
    ----------
    monitors
        How many there are in all.
    """
    errors = [*(one.failure for one in outcome.children), outcome.pruning, outcome.held, outcome.pods.failure]
    waits = [error.retry_after for error in errors if error is not None and error.retry_after is not None]
    if any(one.reason in _ON_THEIR_WAY for one in status.conditions):
        waits.append(WAITING_EVERY)
    if any(one.reason in _IN_TURN for one in status.conditions):
        waits.append(max(TURN_EVERY, monitors / TURNS_PER_SECOND))
    return min(waits, default=None)
