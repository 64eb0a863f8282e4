"""What a message gives: rows, and what was lost on the way."""

from dataclasses import dataclass

from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.loss import Loss


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of reading one message; neither rows nor losses: there was nothing to count."""

    rows: Rows | None
    losses: tuple[tuple[Loss, int], ...] = ()
    """Reasons, each with how many predictions (or, where they cannot be told apart, messages) it cost."""


class Refused(Exception):
    """A message cannot be counted; becomes a loss where the message came in, and goes no further."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.value)
        self.loss = loss


def malformed() -> Refused:
    """Return the commonest refusal: syntax, types, shapes or sizes are wrong."""
    return Refused(Loss.MALFORMED)
