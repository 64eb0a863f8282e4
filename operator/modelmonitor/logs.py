"""Logs as lines of text for people or of JSON for machines, on stderr."""

import json
import logging
import sys
from datetime import UTC, datetime


def configure(form: str, level: str, *filters: logging.Filter) -> None:
    """Write all logs to stderr; libraries only speak up when something is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else Text())
    for one in filters:
        handler.addFilter(one)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("modelmonitor").setLevel(level.upper())


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
