"""What is not told because something else says it already: a page over its ticket, a cause over symptoms.

Only warnings and infos are held back, never a page: Alertmanager does not tell the end of an alert that is
held back when it ends, and an incident that is never closed is worse than one too many.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelmonitor.plan import names

Json = dict[str, Any]

_NO_PAGE = {"name": names.SEVERITY, "matchType": "!=", "value": "critical"}
_PAGE = {"name": names.SEVERITY, "matchType": "=", "value": "critical"}

_LIVE_INPUT = (
    names.PREDICTION_DRIFT_ALERT,
    names.FEATURE_DRIFT_ALERT,
    names.DATA_QUALITY_ALERT,
    names.FAIRNESS_ALERT,
)
_TRUTH = (names.LABELS_ALERT, names.DEGRADED_ALERT, names.TREND_ALERT)

CAUSES: dict[str, tuple[str, ...]] = {
    names.TARGET_DOWN_ALERT: (
        names.NO_PREDICTIONS_ALERT,
        names.ABSENT_ALERT,
        names.BURN_ALERT,
        *_LIVE_INPUT,
        *_TRUTH,
    ),
    names.NO_PREDICTIONS_ALERT: (names.ABSENT_ALERT, *_LIVE_INPUT, *_TRUTH),
}
"""Symptoms by their cause.

    a model that is down        nobody predicts; nothing is measured; the budget burns (a page of it is told)
                                because of that; labels find no evaluator; what is left in the windows of
                                drift, data quality, fairness and quality is the tail of what was
    no predictions              the same, but requests that come and cannot be read are no outage: budgets of
                                availability and latency are told
    neither                     ModelResources: it may be why
"""


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While one of the sources fires, none of the targets that are alike in `equal` is told."""

    source: tuple[Json, ...]
    target: tuple[Json, ...]
    equal: tuple[str, ...]


Groupings = Mapping[str, tuple[str, ...] | None]
"""By which labels each objective is told apart; None: by those of a query, which nobody knows."""


def rules(ours: Iterable[Json], groupings: Groupings) -> list[Json]:
    """Make the inhibition rules of a monitor.

    Parameters
    ----------
    ours
        The matchers of the monitor's alerts.
    """
    matchers = list(ours)
    return [
        {
            "sourceMatch": [*matchers, *rule.source],
            "targetMatch": [*matchers, *rule.target],
            "equal": list(rule.equal),
        }
        for rule in (*_causes(), *_pages(groupings), *_degraded())
    ]


def _causes() -> Iterator[Inhibition]:
    for cause, symptoms in CAUSES.items():
        yield Inhibition((_is(cause),), (_one_of(names.ALERT_NAME, symptoms), _NO_PAGE), _SAME)


def _pages(groupings: Groupings) -> Iterator[Inhibition]:
    """Yield a page over the ticket of the same objective and group.

    A label that two alerts lack counts as equal, so the labels of all objectives can stand in one rule. Where
    the labels are not known, a page of one group might hide the ticket of another: none is held back.
    """
    known = {name: found for name, found in groupings.items() if found is not None}
    if not known:
        return
    labels = sorted({label for found in known.values() for label in found})
    burn = (_is(names.BURN_ALERT), _one_of(names.SLO_NAME, tuple(known)))
    yield Inhibition((*burn, _PAGE), (*burn, _NO_PAGE), (*_SAME, names.SLO_NAME, *labels))


def _degraded() -> Iterator[Inhibition]:
    """Yield what is much worse over what is worse, or gets so; the same of labels that are missing."""
    worse = (names.DEGRADED_ALERT, names.TREND_ALERT)
    yield Inhibition(
        (_is(names.DEGRADED_ALERT), _PAGE),
        (_one_of(names.ALERT_NAME, worse), _NO_PAGE),
        (*_SAME, names.METRIC),
    )
    yield Inhibition((_is(names.LABELS_ALERT), _PAGE), (_is(names.LABELS_ALERT), _NO_PAGE), _SAME)


_SAME = (names.NAMESPACE, names.MONITOR)


def _is(alert: str) -> Json:
    return {"name": names.ALERT_NAME, "matchType": "=", "value": alert}


def _one_of(label: str, values: tuple[str, ...]) -> Json:
    return {"name": label, "matchType": "=~", "value": "|".join(values)}
