"""Schemes as texts that other replicas read: with them a record is counted as it was binned."""

import functools
import json

from modelmonitor.errors import MonitorError
from modelmonitor.evaluator.join.store import Layout
from modelmonitor.wire import reading
from modelmonitor.wire import scheme as schemes
from modelmonitor.wire.config import EvaluatorConfig
from modelmonitor.wire.profile import Profile
from modelmonitor.wire.scheme import Scheme


@functools.lru_cache(4)
def write(scheme: Scheme) -> Layout:
    """Describe a scheme; the same object for the same scheme."""
    profile = None if scheme.profile is None else reading.write(scheme.profile)
    document = {"config": reading.write(scheme.config), "profile": profile}
    text = json.dumps(document, separators=(",", ":")).encode()
    return Layout(scheme.hash, text, scheme.config.labels.maturity_seconds)


def read(text: bytes) -> Scheme | None:
    """Return the scheme that a text describes, or None if this version cannot read it."""
    try:
        document = json.loads(text)
        profile = document["profile"]
        return schemes.scheme(
            reading.read(EvaluatorConfig, document["config"]),
            None if profile is None else reading.read(Profile, profile),
        )
    except (ValueError, KeyError, TypeError, RecursionError, MonitorError):
        return None
