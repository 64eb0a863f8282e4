"""Grafana's types for classic dashboards: the form that files and ConfigMaps carry.

The SDK warns at import that it would rather see version 2, which the dashboard sidecar cannot provision.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.models import dashboard

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import (
    barchart,
    bargauge,
    common,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
    trend,
)

__all__ = [
    "JSONEncoder",
    "barchart",
    "bargauge",
    "common",
    "dashboard",
    "prometheus",
    "stat",
    "statetimeline",
    "table",
    "timeseries",
    "trend",
]
