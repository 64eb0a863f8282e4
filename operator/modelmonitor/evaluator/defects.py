"""Defects of ours that come again and again: logged, but not so often that they fill the disk."""

import logging
import math
import time

PAUSE_SECONDS = 60.0


class Defects:
    """Logs the exception that is being handled with its traceback, at most once a minute."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._silent_until = -math.inf

    def log(self, text: str, *arguments: object) -> None:
        """Say what could not be done."""
        if time.monotonic() >= self._silent_until:
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            self._logger.exception(text, *arguments)  # noqa: LOG004 - its callers handle one
