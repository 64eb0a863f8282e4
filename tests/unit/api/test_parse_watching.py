"""What `parse` makes of models, references, drift, quality and fairness, and what it answers to mistakes."""

from decimal import Decimal
from fractions import Fraction

import pytest
import yaml

from modelmonitor.api import parse
from modelmonitor.api.drift import Against, DriftStatistic
from modelmonitor.api.severity import Severity
from monitors import monitor, of_sli, problems

WHOLE = """
suspend: false
targetRef: {apiVersion: apps/v1, kind: Deployment, name: churn}
model:
  task: BinaryClassification
  positiveClass: "yes"
  decisionThreshold: 0.5
  thresholds: [0.3, 0.5, 0.7]
  rankingDepths: [5, 10]
  costs: {falsePositive: 1, falseNegative: 5}
  segments: [plan]
  protectedAttributes: [sex]
reference:
  configMapRef: {name: churn-reference}
labels:
  maturity: 24h
  implicit: null
  sampling: 1.0
  store: {redis: {secretRef: {name: churn-redis}}}
  tokenSecretRef: null
objectives:
- name: availability
  objective: 99.9
  window: 30d
  minEvents: Auto
  pairs: null
  sli: {availability: {}}
- name: fast
  objective: 99
  sli: {latency: {below: 100ms}}
- name: fast-by-their-own
  objective: 99
  sli: {latency: {below: 100ms, histogram: my_seconds, selector: 'job="churn"'}}
- name: accurate
  objective: 85
  sli: {quality: {metric: Accuracy}}
- name: ranks-well
  objective: 95
  sli: {quality: {metric: RocAuc, atLeast: 0.8, window: 6h}}
- name: inputs-stable
  objective: 95
  sli: {drift: {of: Prediction}}
drift:
  window: 1h
  against: Reference
  falseAlarmsPerMonth: 1
  prediction: {statistic: PSI, tolerate: 0.1, severity: critical}
  features:   {statistic: PSI, tolerate: 0.2, severity: warning}
  overrides:
  - {feature: age, statistic: KS, tolerate: 0.1}
degradation: {baseline: Reference, warning: 5%, critical: 10%}
dataQuality: {missing: 1%, outOfRange: 1%, unseen: 1%, invalid: 0.1%}
fairness:
- {attribute: sex, metric: DisparateImpactRatio, atLeast: 0.8, severity: warning}
business:
- name: revenue_per_user
  query: 'sum(increase(revenue_total[1d])) / sum(increase(users_total[1d]))'
  direction: HigherIsBetter
prometheus: {labels: {release: kube-prometheus-stack}, output: PrometheusRule, scrapeInterval: 30s, url: null}
dashboards: {kinds: [Executive, Technical, DataScience], folder: ML, output: ConfigMap}
"""


def test_a_monitor_with_everything_means_what_it_says():
    spec = parse(monitor(**yaml.safe_load(WHOLE))).spec
    assert (spec.model.positive_class, spec.model.segments) == ("yes", ("plan",))
    assert spec.model.thresholds == (Decimal("0.3"), Decimal("0.5"), Decimal("0.7"))
    assert spec.reference is not None
    assert spec.reference.config_map_ref.name == "churn-reference"
    assert spec.labels is not None
    assert spec.labels.store is not None
    assert (spec.labels.implicit, spec.labels.token_secret_ref) == (None, None)
    available = spec.objectives[0].sli.availability
    assert available is not None
    assert (available.counter, available.bad_selector, available.selector) == (None, None, None)
    assert spec.drift is not None
    assert (spec.drift.against, spec.drift.overrides[0].statistic) == (Against.REFERENCE, DriftStatistic.KS)
    assert spec.degradation is not None
    assert (spec.degradation.warning, spec.degradation.critical) == (Fraction(1, 20), Fraction(1, 10))
    assert spec.data_quality is not None
    assert spec.data_quality.invalid == Fraction(1, 1000)


def test_blocks_of_which_nothing_is_said_have_the_defaults_of_that_monitor():
    short = monitor(drift={}, degradation={}, dataQuality={}, labels={})
    whole = parse(monitor(**yaml.safe_load(WHOLE))).spec
    spec = parse(short).spec
    assert (spec.degradation, spec.data_quality) == (whole.degradation, whole.data_quality)
    assert spec.drift is not None
    assert whole.drift is not None
    assert (spec.drift.prediction, spec.drift.features) == (whole.drift.prediction, whole.drift.features)
    assert spec.drift.prediction.severity is Severity.CRITICAL
    assert spec.labels is not None
    assert str(spec.labels.maturity) == "1d"


def of_model(**fields):
    return monitor(model={"task": "BinaryClassification", **fields})


def of_fairness(**fields):
    return monitor(fairness=[{"attribute": "sex", "metric": "DisparateImpactRatio", **fields}])


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (of_model(positiveClass=True), "model.positiveClass: expected text, got true; quote it"),
        (of_model(classes=["a", 1]), "model.classes[1]: expected text, got 1; quote it"),
        (
            of_model(classes=["a", "b", "a"]),
            "model.classes: expected every class once, got a list of 3; a is there more than once; r",
        ),
        (
            of_model(decisionThreshold=1),
            "model.decisionThreshold: expected a number above 0 and below 1, got 1",
        ),
        (of_model(thresholds=[0.3, 0.30]), "model.thresholds: expected every threshold once, got"),
        (of_model(rankingDepths=[2.5]), "model.rankingDepths[0]: expected a whole number, got 2.5"),
        (
            of_model(rankingDepths=[0]),
            "model.rankingDepths[0]: expected a number of at least 1 and up to 1000",
        ),
        (
            monitor(degradation={"warning": "20%"}),
            "degradation: expected warning of at most critical, got a mapping with warning; what pages",
        ),
        (
            of_fairness(atMost=0.2),
            (
                "fairness[0]: expected atLeast with DisparateImpactRatio, atMost with any other metric, got "
                "a mapping with attribute, metric, atMost; a ratio has a least value, a difference a "
                "largest one"
            ),
        ),
        (
            of_fairness(),
            "fairness[0]: expected atLeast with DisparateImpactRatio, atMost with any other metric",
        ),
        (
            monitor(fairness=[*of_fairness(atLeast=0.8)["spec"]["fairness"]] * 2),
            (
                "fairness: expected every metric of an attribute once, got a list of 2; "
                "sex DisparateImpactRatio is there more than once; remove one"
            ),
        ),
        (
            monitor(drift={"overrides": [{"feature": "age", "tolerate": 1}] * 2}),
            (
                "drift.overrides: expected every feature once, got a list of 2; "
                "age is there more than once; remove one"
            ),
        ),
        (
            monitor(business=[{"name": "revenue per user", "query": "a"}]),
            "business[0].name: expected a name of a-z, A-Z, 0-9, _ and -, at most 40 characters, got",
        ),
        (
            of_sli(quality={"metric": "auc"}),
            "objectives[0].sli.quality.metric: expected a quality metric such as Accuracy, RocAuc, MAE or",
        ),
        (
            of_sli(availability={"counter": "requests_total"}),
            (
                "objectives[0].sli.availability: expected all of counter, badSelector and selector, or none, "
                "got a mapping with counter; leave all out to count what passes the evaluator"
            ),
        ),
        (
            monitor(labels={"store": {}}),
            "labels.store.redis: expected a value, got nothing; this field is requ",
        ),
    ],
    ids=repr,
)
def test_a_mistake_is_answered_where_it_is(body, answer):
    (found,) = problems(body)
    assert found.startswith(f"spec.{answer}")


@pytest.mark.parametrize(
    "name", ['a "quoted"\\back', "zwei\nZeilen", "größe ✓", "o'clock", "{{.window}}", "}"]
)
def test_classes_and_columns_may_be_called_anything(name):
    spec = parse(of_model(classes=["no", name], positiveClass=name, segments=[name])).spec
    assert (spec.model.positive_class, spec.model.segments) == (name, (name,))


def test_a_word_that_yaml_takes_for_a_truth_value_is_explained():
    body = of_sli(drift=yaml.safe_load("{of: Prediction, on: 1}"))
    assert problems(body) == [
        (
            "spec.objectives[0].sli.drift[1]: expected a field name as text, got true;"
            " quote it: to YAML, on, yes, off and no are truth values"
        )
    ]
