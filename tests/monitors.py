"""Monitors for tests, as users write them: the smallest ones, and strategies of all valid ones."""

from typing import Any

from hypothesis import strategies as st

from modelmonitor.api import parse
from modelmonitor.errors import SpecInvalid

Json = dict[str, Any]

SLICE = {"timeslices": {"query": "up", "atLeast": 1}}
EVENTS = {"events": {"error": "sum(rate(bad[{{.window}}]))", "total": "sum(rate(all[{{.window}}]))"}}


def monitor(name: str = "churn", **spec: Any) -> Json:
    """Give the smallest monitor, with more in its spec."""
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "ModelMonitor",
        "metadata": {"name": name},
        "spec": {"targetRef": {"name": "churn"}, "model": {"task": "Regression"}} | spec,
    }


def objective(name: str = "steady", **fields: Any) -> Json:
    """Give the smallest objective, with more fields."""
    return {"name": name, "objective": 99.5, "sli": SLICE} | fields


def pair(name: str = "page", **fields: Any) -> Json:
    """Give a burn pair, with more fields."""
    return {"name": name, "factor": 14.4, "long": "1h", "severity": "critical"} | fields


def problems(body: Any) -> list[str]:
    """Give what `parse` has against an object; nothing if it takes it."""
    try:
        parse(body)
    except SpecInvalid as refused:
        return [str(problem) for problem in refused.problems]
    return []


def of_objective(**fields: Any) -> Json:
    """Give a monitor with one objective."""
    return monitor(objectives=[objective(**fields)])


def of_pair(**fields: Any) -> Json:
    """Give a monitor with one burn pair."""
    return of_objective(pairs=[pair(**fields)])


def of_sli(**fields: Any) -> Json:
    """Give a monitor with one indicator."""
    return of_objective(sli=fields)


def of_latency(below: str) -> Json:
    """Give a monitor with one latency bound."""
    return of_sli(latency={"below": below, "histogram": "h", "selector": "a=1"})


def of_prometheus(**fields: Any) -> Json:
    """Give a monitor with settings of Prometheus."""
    return monitor(prometheus=fields)


SECRET_KEY = {"name": "oncall", "key": "key"}
SLACK = {"apiURL": SECRET_KEY, "channel": "#ml"}


def of_alerts(**fields: Any) -> Json:
    """Give a monitor that routes pages, with more about its alerts."""
    return monitor(alerts={"routes": {"critical": {"slack": SLACK}}} | fields)


def of_route(**receivers: Any) -> Json:
    """Give a monitor with a route to these receivers."""
    return of_alerts(routes={"warning": receivers})


def of_mute_time(**fields: Any) -> Json:
    """Give a monitor with a mute time."""
    return of_alerts(muteTimes=[{"name": "nights"} | fields])


names = st.from_regex("[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True)
metrics = st.from_regex("[a-zA-Z_:][a-zA-Z0-9_:]{0,20}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
percentages = st.decimals("0.0001", 100, places=4, allow_nan=False).map(lambda share: f"{share}%")
severities = st.sampled_from(["critical", "warning", "info"])
numbers = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
label_keys = st.from_regex(
    "([a-z]{1,9}[.]example/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,9}[A-Za-z0-9])?", fullmatch=True
)
label_values = st.from_regex("([A-Za-z0-9]([-A-Za-z0-9_.]{0,9}[A-Za-z0-9])?)?", fullmatch=True)


def durations(shortest: int, longest: int) -> st.SearchStrategy[str]:
    """Durations of so many milliseconds, in any spelling that Prometheus knows."""
    whole = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}

    def spell(milliseconds: int, units: set[str]) -> str:
        text = ""
        for unit, size in whole.items():
            if unit in units or unit == "ms":
                count, milliseconds = divmod(milliseconds, size)
                text += f"{count}{unit}" if count else ""
        return text or "0s"

    return st.builds(spell, st.integers(shortest, longest), st.sets(st.sampled_from(sorted(whole))))


DAY = 86_400_000


def _optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=fields)


def _one_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.one_of([st.fixed_dictionaries({name: values}) for name, values in fields.items()])


def _both(*parts: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.tuples(*parts).map(lambda found: {key: value for part in found for key, value in part.items()})


def _named(items: st.SearchStrategy[Json], least: int, most: int) -> st.SearchStrategy[list[Json]]:
    return st.lists(items, min_size=least, max_size=most, unique_by=lambda item: item["name"])


pairs = _both(
    st.fixed_dictionaries(
        {"name": names, "long": durations(1000, 92 * DAY), "severity": severities},
        optional={"for": durations(0, 92 * DAY)},
    ),
    _one_of(factor=st.floats(0.001, 100_000) | st.integers(1, 100_000), budgetShare=percentages),
)
availability = st.just({}) | st.fixed_dictionaries(
    {"counter": metrics, "badSelector": texts, "selector": texts}
)
latency = st.fixed_dictionaries({"below": durations(1, DAY)}) | st.fixed_dictionaries(
    {"below": durations(1, DAY), "histogram": metrics, "selector": texts}
)
events = _both(st.fixed_dictionaries({"total": texts}), _one_of(error=texts, good=texts))
timeslices = _both(st.fixed_dictionaries({"query": texts}), _one_of(atLeast=numbers, atMost=numbers))
quality_metrics = st.sampled_from(["Accuracy", "F1", "RocAuc", "MAE", "R2", "NDCG@10", "Recall@1000", "MRR"])
quality_windows = durations(720_000, 28 * DAY)
quality = _both(
    st.fixed_dictionaries({"metric": quality_metrics}, optional={"window": quality_windows}),
    st.just({}) | _one_of(atLeast=numbers, atMost=numbers),
)
drifts = st.sampled_from([{"of": "Prediction"}, {"of": "Features"}])
slis = _one_of(
    availability=availability,
    latency=latency,
    events=events,
    timeslices=timeslices,
    quality=quality,
    drift=drifts,
)
objectives = st.fixed_dictionaries(
    {"name": names, "objective": st.floats(0.01, 99.999) | st.integers(1, 99), "sli": slis},
    optional={
        "window": durations(3_600_000, 92 * DAY),
        "minEvents": st.just("Auto") | st.integers(0, 1_000_000_000),
        "pairs": st.none() | _named(pairs, 1, 5),
    },
)
columns = st.sampled_from(["age", "plan type", "größe", 'a "quoted"\\back\nslash ✓', "@score"]) | texts
shares = st.floats(0, 1) | st.integers(0, 1)
inside = st.floats(0.001, 0.999)
models = st.fixed_dictionaries(
    {"task": st.sampled_from(["BinaryClassification", "MulticlassClassification", "Regression", "Ranking"])},
    optional={
        "classes": st.lists(columns, max_size=5, unique=True),
        "positiveClass": columns,
        "decisionThreshold": inside,
        "thresholds": st.lists(inside, max_size=5, unique=True),
        "rankingDepths": st.lists(st.integers(1, 1000), min_size=1, max_size=10, unique=True),
        "costs": st.none()
        | st.fixed_dictionaries({"falsePositive": shares, "falseNegative": st.integers(0, 10**9)}),
        "segments": st.lists(columns, max_size=3, unique=True),
        "protectedAttributes": st.lists(columns, max_size=3, unique=True),
    },
)
labels = _optional(
    maturity=durations(1000, 366 * DAY),
    implicit=st.none() | columns,
    sampling=st.floats(0.001, 1) | st.just(1),
    store=st.none() | st.just({"redis": {"secretRef": {"name": "churn-redis"}}}),
    tokenSecretRef=st.none() | st.just({"name": "churn.token"}),
)
statistics = st.sampled_from(["PSI", "JS", "KS", "ChiSquared"])
tolerances = st.floats(0, 100) | st.integers(0, 100)
tolerated = _optional(statistic=statistics, tolerate=tolerances, severity=severities)
drift = _optional(
    window=quality_windows,
    against=st.sampled_from(["Reference", "LastWeek"]),
    falseAlarmsPerMonth=st.floats(0.001, 1000) | st.integers(1, 1000),
    prediction=tolerated,
    features=tolerated,
    overrides=st.lists(
        st.fixed_dictionaries(
            {"feature": columns, "tolerate": tolerances}, optional={"statistic": statistics}
        ),
        max_size=3,
        unique_by=lambda it: it["feature"],
    ),
)
degradation = _both(
    st.lists(st.decimals("0.01", 100, places=2, allow_nan=False), min_size=2, max_size=2)
    .map(sorted)
    .map(lambda both: {"warning": f"{both[0]}%", "critical": f"{both[1]}%"})
    | st.just({})
    | st.just({"warning": "10%"}),
    _optional(
        baseline=st.just("Reference"),
        window=quality_windows,
        metrics=st.lists(quality_metrics, max_size=3, unique=True),
    ),
)
data_quality = _optional(
    missing=percentages,
    outOfRange=percentages,
    unseen=percentages,
    invalid=percentages,
    window=quality_windows,
    severity=severities,
)
differences = ["DemographicParityDifference", "EqualOpportunityDifference", "EqualisedOddsDifference"]
fairness = _both(
    st.fixed_dictionaries(
        {"attribute": columns}, optional={"window": quality_windows, "severity": severities}
    ),
    st.fixed_dictionaries({"metric": st.just("DisparateImpactRatio"), "atLeast": shares})
    | st.fixed_dictionaries({"metric": st.sampled_from(differences), "atMost": shares}),
)
business = st.fixed_dictionaries(
    {"name": st.from_regex("[A-Za-z0-9]([-A-Za-z0-9_]{0,38}[A-Za-z0-9])?", fullmatch=True), "query": texts},
    optional={"direction": st.sampled_from(["HigherIsBetter", "LowerIsBetter"])},
)
quantities = st.from_regex("[0-9]{1,3}([.][0-9]{1,2})?(m|k|M|G|Ki|Mi|Gi)?", fullmatch=True) | st.integers(
    0, 9
)
resources = st.dictionaries(st.sampled_from(["cpu", "memory", "nvidia.com/gpu"]), quantities | st.none())
capture = _optional(
    mode=st.sampled_from(["Proxy", "CloudEvents", "Sdk"]),
    protocol=st.sampled_from(["OpenInference", "KServeV1", "MLflow", "Json"]),
    columns=_optional(
        prediction=columns | st.none(), id=columns, names=st.lists(columns, max_size=3, unique=True)
    ),
    port=st.from_regex("([a-z0-9]{1,4}-)?[a-z][a-z0-9]{0,9}", fullmatch=True),
    paths=st.lists(st.from_regex("/[a-zé*/]{0,9}", fullmatch=True), max_size=3, unique=True),
    restart=st.sampled_from(["Auto", "Never"]),
    injection=st.sampled_from(["Webhook", "None"]),
    resources=st.none() | _optional(requests=resources, limits=resources),
    maxSeries=st.integers(1, 100_000),
    maxBodyBytes=st.integers(1024, 1 << 27),
)
secret_keys = st.fixed_dictionaries({"name": st.just("oncall.ml"), "key": st.sampled_from(["key", ".a_B-1"])})
addresses = st.sampled_from(["ml@example.com", "größe@example.com"])
receivers = {
    "pagerDuty": st.fixed_dictionaries({"routingKey": secret_keys}),
    "opsgenie": st.fixed_dictionaries(
        {"apiKey": secret_keys}, optional={"url": st.none() | st.just("https://api.eu.opsgenie.com/")}
    ),
    "slack": st.fixed_dictionaries(
        {"apiURL": secret_keys, "channel": st.sampled_from(["#ml", "@me", "C01"])}
    ),
    "email": st.fixed_dictionaries(
        {"to": addresses, "from": addresses, "smarthost": st.sampled_from(["smtp:25", "[::1]:587"])},
        optional={
            "auth": st.none() | st.fixed_dictionaries({"name": st.just("smtp"), "key": st.just("password")}),
            "requireTLS": st.booleans(),
        },
    ),
    "webhook": _both(
        _one_of(url=st.just("http://hook.ml:8080/x"), urlSecret=secret_keys),
        _optional(bearerToken=st.none() | secret_keys),
    ),
    "msTeams": st.fixed_dictionaries({"webhookURL": secret_keys}),
}
routes = _both(_one_of(**receivers), _optional(**receivers))
severity_routes = dict.fromkeys(("critical", "warning", "info"), routes)
clocks = st.sampled_from(["00:00", "07:30", "23:59"])
mute_times = _both(
    st.fixed_dictionaries(
        {"name": names},
        optional={
            "days": st.lists(st.sampled_from(["Monday", "Sunday"]), min_size=1, unique=True),
            "months": st.lists(st.sampled_from(["May", "December"]), min_size=1, unique=True),
            "location": st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"]),
            "severities": st.lists(severities, min_size=1, unique=True),
        },
    ),
    st.just({}) | st.fixed_dictionaries({"from": clocks, "to": st.sampled_from(["06:00", "24:00"])}),
)
alerts = st.fixed_dictionaries(
    {"routes": _both(_one_of(**severity_routes), _optional(**severity_routes))},
    optional={
        "digest": durations(3_600_000, 4 * DAY),
        "muteTimes": _named(mute_times, 0, 3),
        "labels": st.dictionaries(label_keys, label_values | st.none(), max_size=3),
    },
)
specs = st.fixed_dictionaries(
    {
        "targetRef": st.fixed_dictionaries(
            {"name": st.from_regex("[a-z0-9]([-a-z0-9]{0,9}[a-z0-9][.])?[a-z0-9]", fullmatch=True)},
            optional={
                "apiVersion": st.sampled_from(["v1", "apps/v1", "x.example/v2beta1"]),
                "kind": st.just("Rollout"),
            },
        ),
        "model": models,
    },
    optional={
        "suspend": st.booleans() | st.none(),
        "capture": st.none() | capture,
        "alerts": st.none() | alerts,
        "reference": st.none() | st.just({"configMapRef": {"name": "churn-reference"}}),
        "labels": st.none() | labels,
        "objectives": _named(objectives, 0, 3),
        "drift": st.none() | drift,
        "degradation": st.none() | degradation,
        "dataQuality": st.none() | data_quality,
        "fairness": st.lists(fairness, max_size=3, unique_by=lambda it: (it["attribute"], it["metric"])),
        "business": _named(business, 0, 3),
        "prometheus": st.none()
        | _optional(
            labels=st.dictionaries(label_keys, label_values | st.none(), max_size=3),
            output=st.sampled_from(["PrometheusRule", "ConfigMap"]),
            scrapeInterval=durations(1000, 300_000),
            url=st.just("http://prometheus.monitoring:9090/prom") | st.none(),
        ),
        "dashboards": st.none()
        | _optional(
            kinds=st.lists(
                st.sampled_from(["Executive", "Technical", "DataScience"]), min_size=1, unique=True
            ),
            folder=st.sampled_from(["ML", "Équipe 7", "a b.c"]),
            output=st.just("ConfigMap"),
        ),
    },
)
