"""The dashboard of data scientists: what the model is asked, how good its answers are, and since when."""

from collections.abc import Iterator

from modelmonitor.plan.dashboards.choices import Choice
from modelmonitor.plan.dashboards.science import (
    classes,
    distribution,
    drift,
    fairness,
    flaws,
    numbers,
    overview,
    quality,
    rankings,
    truth,
    versions,
)
from modelmonitor.plan.dashboards.shapes import Section
from modelmonitor.plan.dashboards.subject import Records

_PARTS = (
    overview,
    quality,
    classes,
    numbers,
    rankings,
    versions,
    drift,
    distribution,
    flaws,
    fairness,
    truth,
)


def sections(records: Records) -> list[Section]:
    """Return the sections that the monitor's rules feed, in the order in which people ask."""
    return [section for part in _PARTS for section in part.sections(records)]


def choices(records: Records) -> tuple[Choice, ...]:
    """Return what can be chosen: a metric, a class, a feature, where there are some to show."""
    return tuple(_choices(records))


def _choices(records: Records) -> Iterator[Choice]:
    yield from quality.choices(records)
    yield from classes.choices(records)
    yield from distribution.choices(records)
