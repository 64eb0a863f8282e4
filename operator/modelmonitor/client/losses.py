"""What could not be sent: counted, and said in the log at most once a minute."""

import logging
import threading
import time

_LOG = logging.getLogger("modelmonitor.client")
_SECONDS_BETWEEN_WARNINGS = 60.0


class Losses:
    """A counter of what was dropped, with the latest reason.

    Attributes
    ----------
    total
        How many, since this process began.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self.forget()

    def forget(self) -> None:
        """Begin at 0, as a forked process does."""
        self._lock = threading.RLock()  # the handler of a signal may call a model too
        self._reason = ""
        self._silent_until = 0.0
        self.total = 0

    def add(self, count: int, reason: str) -> None:
        """Count some; a count of 0 says that something delays them."""
        with self._lock:
            self.total += count
            self._reason = reason

    def to_tell(self) -> bool:
        """Say whether there is anything to warn of, and the last warning a minute ago."""
        return bool(self._reason) and time.monotonic() >= self._silent_until

    def tell(self) -> None:
        """Warn, if there is anything to warn of and the last warning a minute ago."""
        with self._lock:
            if not self.to_tell():
                return
            reason, self._reason = self._reason, ""
            self._silent_until = time.monotonic() + _SECONDS_BETWEEN_WARNINGS
        _LOG.warning("%s; %d %s dropped so far", reason, self.total, self._what)
