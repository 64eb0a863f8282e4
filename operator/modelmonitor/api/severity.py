"""How loud an alert is."""

from enum import StrEnum


class Severity(StrEnum):
    """How loud an alert is: critical pages a person, warning is for working hours, info is for the record."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
