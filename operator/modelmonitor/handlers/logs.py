"""Logs as lines of text for people or of JSON for machines; each names the monitor it is about."""

import json
import logging
import sys
from datetime import UTC, datetime

from modelmonitor.cluster.family import MonitorKey


def about(key: MonitorKey) -> dict[str, str]:
    """Return the fields that say which monitor a line is about."""
    return {"namespace": key[0], "monitor": key[1]}


def configure(form: str, level: str) -> None:
    """Write all logs to stderr; libraries only speak up when something is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else Text())
    if level != "debug":
        handler.addFilter(_without_traces_of_kopf)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("modelmonitor").setLevel(level.upper())


def _without_traces_of_kopf(record: logging.LogRecord) -> bool:
    """Cut the stack traces that kopf logs of errors which we report ourselves when the process ends."""
    if record.name.startswith("kopf") and record.name != "kopf.objects":
        record.exc_info = record.exc_text = None
    return True


class Text(logging.Formatter):
    """`2026-11-21T10:00:00Z INFO ml/churn: 2 PrometheusRules applied`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as one line, a stack trace below."""
        fields = vars(record)
        who = f"{fields['namespace']}/{fields['monitor']}: " if "monitor" in fields else ""
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return f"{_time(record)} {record.levelname} {who}{record.getMessage()}{trace}"


class Json(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as JSON."""
        fields = vars(record)
        said = {"time": _time(record), "level": record.levelname.lower(), "message": record.getMessage()}
        said |= {name: fields[name] for name in ("namespace", "monitor") if name in fields}
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    return (
        datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
