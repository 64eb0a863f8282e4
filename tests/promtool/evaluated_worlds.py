"""Monitors with objectives on what evaluators count, and the counters of two replicas.

One of them restarts in the middle, and begins anew at 0.
"""

from collections.abc import Mapping
from fractions import Fraction

import references
from modelmonitor import api, plan
from modelmonitor.plan.slo import Slo
from monitors import monitor, objective
from promtool.runner import Json, counter

RESTART = 100
CLASSES = {"task": "BinaryClassification", "classes": ["no", "yes"], "positiveClass": "yes"}
REGRESSION = {"task": "Regression"}
PROFILE = references.profile("age")
MEASURED = {"quality": {"metric": "MSE", "atMost": 4, "window": "12m"}}
REQUESTS = "modelmonitor_requests_total"
WITHIN, TIMED = "modelmonitor_requests_within_total", "modelmonitor_requests_timed_total"
CONFUSION = "modelmonitor_confusion_total"
Counters = Mapping[str, Mapping[str, int]]
"""How many events a minute move each series of a family; labels as text."""

PREDICTED: Counters = {
    CONFUSION: {
        'actual="yes",predicted="yes"': 300,
        'actual="yes",predicted="no"': 100,
        'actual="no",predicted="yes"': 50,
        'actual="no",predicted="no"': 500,
        'actual="__other__",predicted="no"': 30,
        'actual="__other__",predicted="__other__"': 20,
        'actual="no",predicted="no",segment="plan=basic"': 700,
    }
}
RANKED: Counters = {
    "modelmonitor_hits_sum": {'k="5"': 90, 'k="10"': 100, 'k="5",segment="plan=basic"': 7},
    "modelmonitor_ranking_queries_total": {"": 120, 'segment="plan=basic"': 70},
    "modelmonitor_ranking_queries_without_relevant_total": {"": 40},
}
SERVED: Counters = {
    REQUESTS: {
        'code="2xx",outcome="ok"': 950,
        'code="5xx",outcome="error"': 20,
        'code="none",outcome="error"': 5,
        'code="5xx",outcome="timeout"': 10,
        'code="none",outcome="timeout"': 15,
        'code="4xx",outcome="rejected"': 3000,
        'code="none",outcome="rejected"': 100,
    },
    WITHIN: {'threshold="0.1"': 700, 'threshold="1.0"': 900},
    TIMED: {'threshold="0.1"': 1000, 'threshold="1.0"': 1000},
}
SHARES: dict[str, tuple[Json, Json, Counters, Fraction]] = {
    "availability": ({"availability": {}}, CLASSES, SERVED, Fraction(50, 1000)),
    "latency": ({"latency": {"below": "100ms"}}, CLASSES, SERVED, Fraction(300, 1000)),
    "latency of a second": ({"latency": {"below": "1s"}}, CLASSES, SERVED, Fraction(100, 1000)),
    "accuracy": ({"quality": {"metric": "Accuracy"}}, CLASSES, PREDICTED, Fraction(200, 1000)),
    "precision": ({"quality": {"metric": "Precision"}}, CLASSES, PREDICTED, Fraction(50, 350)),
    "recall": ({"quality": {"metric": "Recall"}}, CLASSES, PREDICTED, Fraction(100, 400)),
    "F1": ({"quality": {"metric": "F1"}}, CLASSES, PREDICTED, Fraction(150, 750)),
    "hit rate": ({"quality": {"metric": "HitRate@5"}}, {"task": "Ranking"}, RANKED, Fraction(30, 120)),
}
"""Indicators, models, what is counted, and the share of bad events by arithmetic."""


def body(sli: Json, model: Json = CLASSES, **fields: object) -> Json:
    """Give a monitor with one objective on what evaluators count, scraped every minute."""
    own = objective("works", **{"objective": 99, "sli": sli, **fields})
    named = {"configMapRef": {"name": "churn-reference"}}
    spec = {"drift": {"window": "6h"}, "reference": named} if "drift" in sli else {}
    return monitor(objectives=[own], model=model, prometheus={"scrapeInterval": "60s"}, **spec)


def planned(wanted: Json) -> Slo:
    """Plan the first objective of a monitor; of those that name a reference it is the same one."""
    profile = PROFILE if "reference" in wanted["spec"] else None
    return plan.objectives(api.parse(wanted), profile)[0]


def rules(wanted: Json) -> list[Json]:
    """Make the groups of the first objective, as Prometheus reads them."""
    slo = planned(wanted)
    links = plan.links(slo.monitor, plan.Settings())
    return [group.to_dict() for group in plan.rule_groups(slo, links)]


def series(family: str, labels: str, pod: str) -> str:
    more = f",{labels}" if labels else ""
    return f'{family}{{namespace="default",monitor="churn",pod="{pod}",version="{pod}1"{more}}}'


def two_replicas(counted: Counters, until: int = 190) -> dict[str, str]:
    """Write the counters of two pods; the second has half the traffic, and restarts."""
    written = {}
    for family, members in counted.items():
        for labels, events in members.items():
            half = Fraction(events, 2)
            first = counter((RESTART, half), start=10**6)
            written[series(family, labels, "a")] = counter((until, events), start=10**6)
            written[series(family, labels, "b")] = f"{first} {counter((until - RESTART - 1, half))}"
    return written


def missing(feature: str) -> str:
    labels = f'profile="{PROFILE.hash}",feature="{feature}"'
    return series("modelmonitor_feature_missing_total", labels, "a")
