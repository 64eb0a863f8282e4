"""An observer that cannot harm a stream: what it raises is a defect of ours, logged once a minute."""

import logging

from modelmonitor.evaluator.defects import Defects
from modelmonitor.evaluator.exchange import Exchange, Observer

_SAID = "what passed through the tee could not be counted; this is a defect, please report it"
_log = logging.getLogger(__name__)


class Careful:
    """Passes on what is told; never raises."""

    __slots__ = ("_defects", "_observer")

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._defects = Defects(_log)

    def copies(self, method: str, target: str) -> bool:
        """Ask whether bodies are wanted; False if that fails."""
        try:
            return self._observer.copies(method, target)
        except Exception:  # noqa: BLE001 - no defect may reach a prediction
            self._defects.log(_SAID)
            return False

    def exchanged(self, exchange: Exchange) -> None:
        """Tell an exchange."""
        try:
            self._observer.exchanged(exchange)
        except Exception:  # noqa: BLE001 - no defect may reach a prediction
            self._defects.log(_SAID)

    def opaque(self, *, encrypted: bool) -> None:
        """Tell of a connection that cannot be read."""
        try:
            self._observer.opaque(encrypted=encrypted)
        except Exception:  # noqa: BLE001 - no defect may reach a prediction
            self._defects.log(_SAID)
