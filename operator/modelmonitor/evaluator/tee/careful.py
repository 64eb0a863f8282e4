"""An observer that cannot harm a stream: what it raises is a defect of ours, logged once a minute."""

import logging
import time

from modelmonitor.evaluator.exchange import Exchange, Observer

_LOG = logging.getLogger(__name__)
_PAUSE = 60.0


class Careful:
    """Passes on what is told; never raises."""

    __slots__ = ("_observer", "_silent_until")

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._silent_until = 0.0

    def copies(self, method: str, target: str) -> bool:
        """Ask whether bodies are wanted; False if that fails."""
        try:
            return self._observer.copies(method, target)
        except Exception:  # noqa: BLE001 - no defect may reach a prediction
            self._log()
            return False

    def exchanged(self, exchange: Exchange) -> None:
        """Tell an exchange."""
        try:
            self._observer.exchanged(exchange)
        except Exception:  # noqa: BLE001 - no defect may reach a prediction
            self._log()

    def opaque(self) -> None:
        """Tell of a connection that cannot be read."""
        try:
            self._observer.opaque()
        except Exception:  # noqa: BLE001 - no defect may reach a prediction
            self._log()

    def _log(self) -> None:
        if time.monotonic() >= self._silent_until:
            self._silent_until = time.monotonic() + _PAUSE
            _LOG.exception(
                "what passed through the tee could not be counted; this is a defect, please report it"
            )
