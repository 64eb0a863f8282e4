"""What the operator adds to its logs: which monitor a line is about; and no stack traces of kopf."""

import logging

from modelmonitor import logs
from modelmonitor.cluster.family import MonitorKey


def about(key: MonitorKey) -> dict[str, str]:
    """Return the fields that say which monitor a line is about."""
    return {"namespace": key[0], "monitor": key[1]}


def configure(form: str, level: str) -> None:
    """Write all logs to stderr; libraries only speak up when something is wrong."""
    logs.configure(form, level, *([] if level == "debug" else [_WithoutTracesOfKopf()]))


class _WithoutTracesOfKopf(logging.Filter):
    """Cut the stack traces that kopf logs of errors which we report ourselves when the process ends."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("kopf") and record.name != "kopf.objects":
            record.exc_info = record.exc_text = None
        return True
