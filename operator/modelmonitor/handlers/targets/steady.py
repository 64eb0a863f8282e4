"""Whether the webhook can be relied upon: pods are rolled only if those that come surely get an evaluator."""

from collections.abc import Callable
from dataclasses import dataclass

SECONDS = 5.0
"""For so long API servers may not yet know a configuration that was just written."""


@dataclass(slots=True)
class Steady:
    """Says what is wrong with the webhook, and for a while after that that it has only just become well.

    Attributes
    ----------
    complaint
        What is wrong now; empty when all is well.
    clock
        Seconds, of any beginning.
    """

    complaint: Callable[[], str]
    clock: Callable[[], float]
    _well_since: float | None = None

    def __call__(self) -> str:
        """Return what stands against rolling pods; empty when nothing does."""
        if said := self.complaint():
            self._well_since = None
            return said
        if self._well_since is None:
            self._well_since = self.clock()
        well_for = self.clock() - self._well_since
        return "" if well_for >= SECONDS else "the webhook has only just become well"
