"""`parse` and the API server say yes and no to the same objects; what one cannot know is named here."""

from typing import Any

import pytest

from apiserver.rest import MONITORS, Rest
from monitors import (
    EVENTS,
    SLICE,
    Json,
    monitor,
    objective,
    of_latency,
    of_objective,
    of_pair,
    of_prometheus,
    of_sli,
    pair,
    problems,
)

pytestmark = pytest.mark.apiserver


FAIR = {"attribute": "sex", "metric": "DisparateImpactRatio", "atLeast": 0.8, "severity": "warning"}
UNFAIR = {"attribute": "sex", "metric": "EqualisedOddsDifference", "atMost": 0.1}


def of_model(**fields: Any) -> Json:
    """Give a monitor of such a model."""
    return monitor(model={"task": "BinaryClassification", **fields})


def of_capture(**fields: Any) -> Json:
    """Give a monitor that captures."""
    return monitor(capture=fields)


def of_requests(**quantities: Any) -> Json:
    """Give a monitor whose evaluator asks for resources."""
    return of_capture(resources={"requests": quantities})


MANY = [objective(f"o{number}") for number in range(51)]
GOOD = [
    monitor(),
    monitor("a"),
    monitor("0"),
    monitor(suspend=True),
    monitor(suspend=None, objectives=None, prometheus=None, dashboards=None),
    monitor(objectives=[]),
    monitor(objectives=MANY[:50]),
    monitor(dashboards={}),
    monitor(dashboards={"kinds": ["Technical", "Executive"], "folder": "Équipe 7"}),
    monitor(dashboards={"folder": "f" * 63}),
    monitor(dashboards={"folder": "\U0001f600" * 63}),
    monitor(targetRef={"name": "a.b", "kind": "Rollout", "apiVersion": "argoproj.io/v1alpha1"}),
    of_prometheus(labels={"release": "kube-prometheus-stack", "x.example/team": "", "gone": None}),
    of_prometheus(output="ConfigMap", url="https://prometheus.example/x?y=z"),
    of_objective(objective=99.999),
    of_objective(objective=1),
    of_objective(objective=5e-3),
    of_objective(minEvents=0),
    of_objective(minEvents="Auto", window="4w", pairs=None),
    of_objective(pairs=[pair(f"p{number}") for number in range(5)]),
    of_pair(factor=None, budgetShare="100%"),
    of_pair(factor=100_000, **{"for": "0s"}),
    of_sli(timeslices={"query": "q" * 4096, "atMost": -1.5e300}),
    of_sli(availability={"counter": "a:b_c", "badSelector": 'code=~"5.."', "selector": 'job="ä"'}),
    of_sli(**EVENTS, latency=None),
    of_sli(timeslices={"query": "a", "atLeast": 10**30}),
    of_sli(availability={}),
    of_sli(latency={"below": "100ms"}),
    of_sli(quality={"metric": "Accuracy"}),
    of_sli(quality={"metric": "NDCG@1000", "atLeast": 0.3, "window": "28d"}),
    of_sli(drift={"of": "Features"}),
    of_model(classes=["yes", 'a "quoted"\\back\nslash ✓', "o'clock", " "], positiveClass="yes"),
    of_model(classes=[], segments=[], protectedAttributes=[], thresholds=[], costs=None),
    of_model(classes=[f"c{number}" for number in range(100)]),
    of_model(rankingDepths=[1, 1000], decisionThreshold=0.001, thresholds=[0.25, 0.3, 0.999]),
    of_model(costs={"falsePositive": 0, "falseNegative": 1e9}),
    of_model(segments=["s" * 253], protectedAttributes=["\U0001f600" * 253]),
    monitor(labels={"sampling": 0.01, "implicit": "no", "store": {"redis": {"secretRef": {"name": "r"}}}}),
    monitor(labels={"tokenSecretRef": {"name": "a.b"}, "store": None, "implicit": None}),
    monitor(reference={"configMapRef": {"name": "churn-reference"}}),
    monitor(drift={}, degradation={}, dataQuality={}, fairness=[], business=[]),
    monitor(drift={"falseAlarmsPerMonth": 1000, "window": "28d", "features": {"tolerate": 0}}),
    monitor(drift={"overrides": [{"feature": f"f{number}", "tolerate": 100} for number in range(100)]}),
    monitor(degradation={"warning": "5.0%", "critical": "5%", "metrics": ["MAE", "Recall@5"]}),
    monitor(degradation={"warning": "100%", "critical": "100.0%"}),
    monitor(fairness=[FAIR, FAIR | {"attribute": "age"}, UNFAIR]),
    monitor(business=[{"name": "revenue_per_user", "query": "sum(a) / sum(b)"}]),
    monitor(dashboards={"output": "ConfigMap", "kinds": ["DataScience"]}),
    of_capture(),
    of_capture(mode="Sdk", protocol="MLflow", restart="Never", injection="None", resources=None),
    of_capture(columns={"features": "data[*]", "prediction": "a", "score": "b.c", "id": "\U0001f600" * 253}),
    of_capture(columns={"names": [f"f{number}" for number in range(500)]}),
    of_capture(port="a"),
    of_capture(port="8080-tcp"),
    of_capture(port="p" * 15),
    of_capture(paths=["/", "/v*/score", "/" + "p" * 252]),
    of_capture(paths=[f"/{number}" for number in range(20)]),
    of_capture(maxSeries=1, maxBodyBytes=1024),
    of_capture(maxSeries=100_000.0, maxBodyBytes=1 << 27),
    of_capture(resources={"requests": {}, "limits": {"nvidia.com/gpu": 1, "memory": None}}),
    of_requests(cpu=1, memory="64Mi"),
    of_requests(cpu=1.0, memory=67108864),
    of_requests(cpu="0", memory="0.5Gi"),
    of_requests(cpu="1500m", memory="1E", **{"ephemeral-storage": "1000000k"}),
    of_requests(**{f"r{number}": "1" for number in range(10)}),
]
BAD = [
    monitor() | {"spec": None},
    monitor() | {"spec": {}},
    monitor() | {"spec": []},
    monitor() | {"typo": 1},
    monitor() | {"kind": "Monitor"},
    monitor() | {"apiVersion": "modelmonitor.dev/v1"},
    monitor("m" * 41),
    monitor("m" * 253),
    monitor("a.b"),
    monitor("A"),
    monitor("a-"),
    monitor(typo=None),
    monitor(target_ref={"name": "a"}),
    monitor() | {"spec": {"target_ref": {"name": "a"}, "model": {"task": "Ranking"}}},
    monitor(suspend="true"),
    monitor(suspend=0),
    monitor(model=None),
    monitor(model={"task": "regression"}),
    monitor(targetRef={"name": "a_b"}),
    monitor(targetRef={"name": "a", "kind": "deployment"}),
    monitor(targetRef={"name": "a", "apiVersion": "apps"}),
    monitor(targetRef={"name": "a", "namespace": "b"}),
    monitor(objectives={}),
    monitor(objectives=[None]),
    monitor(objectives=MANY),
    monitor(objectives=[objective(), objective()]),
    of_model(classes=["a", "a"]),
    of_model(classes=[""]),
    of_model(classes=[1]),
    of_model(classes=[f"c{number}" for number in range(101)]),
    of_model(positiveClass=True),
    of_model(positiveClass="c" * 254),
    of_model(decisionThreshold=0),
    of_model(decisionThreshold=1),
    of_model(decisionThreshold="0.5"),
    of_model(thresholds=[0.5, 0.50]),
    of_model(thresholds=[1]),
    of_model(thresholds=[number / 100 for number in range(1, 22)]),
    of_model(rankingDepths=[]),
    of_model(rankingDepths=[0]),
    of_model(rankingDepths=[1001]),
    of_model(rankingDepths=[2.5]),
    of_model(rankingDepths=[5, 5]),
    of_model(costs={}),
    of_model(costs={"falsePositive": -1, "falseNegative": 1}),
    of_model(costs={"falsePositive": 1, "falseNegative": 1e10}),
    of_model(segments=[f"s{number}" for number in range(21)]),
    of_model(segments=["plan", "plan"]),
    of_model(protectedAttributes=[f"s{number}" for number in range(11)]),
    monitor(reference={}),
    monitor(reference={"configMapRef": {}}),
    monitor(reference={"configMapRef": {"name": "A"}}),
    monitor(labels={"maturity": "0s"}),
    monitor(labels={"sampling": 0}),
    monitor(labels={"sampling": 1.01}),
    monitor(labels={"implicit": False}),
    monitor(labels={"store": {}}),
    monitor(labels={"store": {"redis": {"url": "redis://:password@redis"}}}),
    monitor(drift={"window": "10m"}),
    monitor(drift={"against": "Yesterday"}),
    monitor(drift={"falseAlarmsPerMonth": 0}),
    monitor(drift={"prediction": {"statistic": "Hellinger"}}),
    monitor(drift={"features": {"tolerate": -0.1}}),
    monitor(drift={"overrides": [{"feature": "age"}]}),
    monitor(drift={"overrides": [{"feature": "age", "tolerate": 1}, {"feature": "age", "tolerate": 2}]}),
    monitor(drift={"overrides": [{"feature": f"f{number}", "tolerate": 1} for number in range(101)]}),
    monitor(degradation={"warning": "10.1%"}),
    monitor(degradation={"warning": "2%", "critical": "1%"}),
    monitor(degradation={"warning": 5}),
    monitor(degradation={"baseline": "LastWeek"}),
    monitor(degradation={"metrics": ["MAE", "MAE"]}),
    monitor(degradation={"metrics": ["MAE", "Speed"]}),
    monitor(dataQuality={"missing": "0%"}),
    monitor(dataQuality={"window": "1m"}),
    monitor(fairness=[FAIR, FAIR | {"atLeast": 0.9}]),
    monitor(fairness=[FAIR | {"atLeast": None}]),
    monitor(fairness=[FAIR | {"atMost": 0.2}]),
    monitor(fairness=[FAIR | {"atLeast": 1.1}]),
    monitor(fairness=[UNFAIR | {"atMost": None, "atLeast": 0.8}]),
    monitor(fairness=[UNFAIR | {"metric": "Kindness"}]),
    monitor(fairness=[FAIR | {"attribute": f"a{number}"} for number in range(21)]),
    monitor(business=[{"name": "revenue per user", "query": "a"}]),
    monitor(business=[{"name": "_a", "query": "a"}]),
    monitor(business=[{"name": "a", "query": ""}]),
    monitor(business=[{"name": "a", "query": "b"}] * 2),
    monitor(dashboards={"output": "GrafanaDashboard"}),
    monitor(dashboards=[]),
    monitor(dashboards={"kinds": []}),
    monitor(dashboards={"kinds": ["Technical", "Technical"]}),
    monitor(dashboards={"kinds": ["Sales"]}),
    monitor(dashboards={"folder": ".hidden"}),
    monitor(dashboards={"folder": "a/b"}),
    monitor(dashboards={"folder": ""}),
    monitor(dashboards={"folder": "f" * 64}),
    monitor(dashboards={"folder": "\U0001f600" * 64}),
    of_prometheus(labels={"a": "b c"}),
    of_prometheus(labels={"a": 1}),
    of_prometheus(labels={"a" * 64: "b"}),
    of_prometheus(labels={f"l{number}": "" for number in range(21)}),
    of_prometheus(output="File"),
    of_prometheus(url="prometheus:9090"),
    of_prometheus(url="http://a b"),
    of_prometheus(scrapeInterval="5m1s"),
    of_prometheus(scrapeInterval=30),
    of_objective(objective=100),
    of_objective(objective=0),
    of_objective(objective=101),
    of_objective(objective=-1),
    of_objective(objective="99,9"),
    of_objective(objective="99.9"),
    of_objective(objective=True),
    of_objective(objective=None),
    of_objective(name="o" * 41),
    of_objective(name="a.b"),
    of_objective(name="a\n"),
    of_objective(window="1d1w"),
    of_objective(window="1.5d"),
    of_objective(window="93d"),
    of_objective(window="30 d"),
    of_objective(window=""),
    of_objective(window="30d\n"),
    of_objective(window="9" * 30 + "ms"),
    of_objective(minEvents=-1),
    of_objective(minEvents=1.5),
    of_objective(minEvents=1_000_000_001),
    of_objective(minEvents="auto"),
    of_objective(minEvents="5"),
    of_objective(minEvents=True),
    of_objective(pairs=[]),
    of_objective(pairs=[pair(f"p{number}") for number in range(6)]),
    of_objective(pairs=[pair(), pair()]),
    of_pair(severity="loud"),
    of_pair(severity=None),
    of_pair(factor=0),
    of_pair(factor=100_000.5),
    of_pair(factor="14"),
    of_pair(budgetShare="2%"),
    of_pair(factor=None, budgetShare="100.01%"),
    of_pair(factor=None, budgetShare="2"),
    of_pair(factor=None, budgetShare=0.02),
    of_pair(long="0s"),
    of_sli(),
    of_sli(availability=None),
    of_sli(**SLICE, **EVENTS),
    of_sli(availability={"counter": "a"}),
    of_sli(latency={"below": "1s", "selector": "a"}),
    of_sli(latency={}),
    of_sli(quality={}),
    of_sli(quality={"metric": "Acuracy"}),
    of_sli(quality={"metric": "NDCG"}),
    of_sli(quality={"metric": "NDCG@0"}),
    of_sli(quality={"metric": "NDCG@10000"}),
    of_sli(quality={"metric": "Accuracy@5"}),
    of_sli(quality={"metric": "MAE\n"}),
    of_sli(quality={"metric": "MAE", "atLeast": 1, "atMost": 1}),
    of_sli(quality={"metric": "MAE", "window": "28d1ms"}),
    of_sli(drift={}),
    of_sli(drift={"of": "prediction"}),
    of_sli(availability={"counter": "a-b", "badSelector": "a", "selector": "b"}),
    of_sli(events={"error": "a", "good": "b", "total": "c"}),
    of_sli(timeslices={"query": "q" * 4097, "atMost": 1}),
    of_sli(timeslices={"query": "a", "atMost": "1"}),
    of_sli(timeslices={"query": 5, "atMost": 1}),
    of_capture(mode="Mirror"),
    of_capture(protocol="OpenInferenceV2"),
    of_capture(restart="Always"),
    of_capture(injection=None, typo=1),
    of_capture(columns={"score": ""}),
    of_capture(columns={"score": "s" * 254}),
    of_capture(columns={"names": ["a", "a"]}),
    of_capture(columns={"names": [f"f{number}" for number in range(501)]}),
    of_capture(port=8080),
    of_capture(port="8080"),
    of_capture(port="HTTP"),
    of_capture(port="http_1"),
    of_capture(port="a--b"),
    of_capture(port="-a"),
    of_capture(port="a-"),
    of_capture(port="p" * 16),
    of_capture(port=""),
    of_capture(paths=["score"]),
    of_capture(paths=["/a b"]),
    of_capture(paths=["/a", "/a"]),
    of_capture(paths=["/" + "p" * 253]),
    of_capture(paths=[f"/{number}" for number in range(21)]),
    of_capture(paths="Auto"),
    of_capture(maxSeries=0),
    of_capture(maxSeries=100_001),
    of_capture(maxSeries=1.5),
    of_capture(maxSeries="2000"),
    of_capture(maxBodyBytes=1023),
    of_capture(maxBodyBytes=(1 << 27) + 1),
    of_capture(maxBodyBytes="1Mi"),
    of_capture(resources=[]),
    of_capture(resources={"claims": []}),
    of_requests(cpu=-1),
    of_requests(cpu=0.5),
    of_requests(cpu="-1"),
    of_requests(cpu="1e3"),
    of_requests(cpu=""),
    of_requests(cpu=True),
    of_requests(cpu="1 "),
    of_requests(memory="64mi"),
    of_requests(memory="64MB"),
    of_requests(memory="1" * 33),
    of_requests(memory=".5Gi"),
    of_requests(**{f"r{number}": "1" for number in range(11)}),
    of_latency("1d1ms"),
]
ONLY_A_PLAN_REFUSES = {
    "a window under a week without pairs of its own": of_objective(window="1d"),
    "a query that is no PromQL": of_sli(timeslices={"query": "sum(", "atLeast": 1}),
    "a query without its window": of_sli(events={"error": "a", "total": "b"}),
    "a pair that can never fire": of_objective(objective=10, pairs=[pair(factor=14.4)]),
    "a pair as long as the period": of_objective(window="1h", pairs=[pair(long="1h")]),
}


def short(body: Json) -> str:
    return str(body["spec"] if body["spec"] != monitor()["spec"] else body)[-80:]


@pytest.mark.parametrize("body", GOOD, ids=short)
def test_both_accept(api: Rest, body: Json) -> None:
    assert problems(body) == []
    answer = api.create(MONITORS, body)
    assert answer.accepted, answer.message


@pytest.mark.parametrize("body", BAD, ids=short)
def test_both_refuse(api: Rest, body: Json) -> None:
    assert problems(body) != []
    assert not api.create(MONITORS, body).accepted


@pytest.mark.parametrize("why", ONLY_A_PLAN_REFUSES)
def test_both_accept_what_only_a_plan_can_refuse(api: Rest, why: str) -> None:
    body = ONLY_A_PLAN_REFUSES[why]
    assert problems(body) == []
    assert api.create(MONITORS, body).accepted


def test_what_is_wrong_is_found_at_the_same_places(api: Rest) -> None:
    body = monitor(suspend="no", objectives=[objective(objective=100), objective("b", window="5 m")])
    causes = api.create(MONITORS, body).body["details"]["causes"]
    told = {cause["field"] for cause in causes if cause["field"] != "<nil>"}
    assert told == {answer.split(": ")[0] for answer in problems(body)}


def test_what_the_api_server_would_drop_without_strictness_is_an_error_to_parse(api: Rest) -> None:
    lax = api.send("POST", MONITORS, monitor(typo=1), fieldValidation="Ignore", dryRun="All")
    assert lax.accepted
    assert "typo" not in lax.body["spec"]
    assert problems(monitor(typo=1)) != []


def test_only_the_api_server_makes_a_name_of_a_prefix(api: Rest) -> None:
    prefixed = monitor() | {"metadata": {"generateName": "churn-"}}
    assert api.create(MONITORS, prefixed).accepted
    assert problems(prefixed) == ["metadata.name: expected a value, got nothing; this field is required"]
