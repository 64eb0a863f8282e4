"""The unit tests that users get for their own monitors: they pass on the rules, and fail on wrong ones."""

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from modelmonitor import api, plan
from modelmonitor.plan import rulefile, unittests
from monitors import monitor, objective, pair
from promtool.mutants import each_rule, replaced
from promtool.runner import Json, Promtool
from promtool.worlds import Rules, rules

pytestmark = pytest.mark.promtool

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
GOLDEN = Path(__file__).parents[1] / "golden"
SLIS: list[dict[str, Any]] = [
    {
        "availability": {
            "counter": "http_total",
            "badSelector": 'code=~"5..|429"',
            "selector": 'job=~"churn-.+"',
        }
    },
    {"latency": {"histogram": "seconds", "below": "1s", "selector": 'job="churn",path!~"/health.*"'}},
    {"events": {"error": 'sum(rate(a{ok!="1"}[{{.window}}]))', "total": "sum(rate(a[{{.window}}]))"}},
    {
        "events": {
            "good": 'sum by (plan) (increase(b{ok="1"}[{{.window}}]))',
            "total": 'sum by (plan) (increase(b{plan=~"pro|basic"}[{{.window}}]))',
        }
    },
    {
        "events": {
            "error": "sum(sum_over_time(c[{{.window}}]))",
            "total": "sum(sum_over_time(d[{{.window}}]))",
        }
    },
    {"timeslices": {"query": 'max by (segment) (auc{job="churn"})', "atLeast": 0.8}},
    {"timeslices": {"query": "rmse", "atMost": 2}},
]
own_pairs = st.lists(
    st.tuples(
        st.integers(1, 8).map(lambda n: f"{12 * n}m"),
        st.integers(2, 70),
        st.sampled_from(["0s", "90s", "5m"]),
    ),
    min_size=1,
    max_size=3,
).map(
    lambda them: [
        pair(f"p{number}", long=long, factor=float(Fraction(percent, 10)), **{"for": hold})
        for number, (long, percent, hold) in enumerate(them)
    ]
)
objectives = st.builds(
    lambda percent, sli, pairs, least: objective(
        objective=percent, window="1d", sli=sli, pairs=pairs, minEvents=least
    ),
    st.sampled_from([90, 92.5, 97, 99, 99.9]),
    st.sampled_from(SLIS),
    own_pairs,
    st.sampled_from(["Auto", 0, 700]),
)


def complaints(promtool: Promtool, body: Json, make: Rules = rules) -> str:
    """Write rules and unit tests beside each other, as `modelmonitor generate --tests` does, and run them."""
    made = unittests.unit_tests(api.parse(body))
    (name,) = made.document["rule_files"]
    (promtool.folder / name).write_text(rulefile.to_yaml({"groups": make(body)}))
    tests = promtool.folder / "own.tests.yaml"
    tests.write_text(rulefile.to_yaml(made.document))
    return promtool.test(tests)


def quick(sli: Json, **fields: Any) -> Json:
    """Give a monitor whose windows are short, so that its tests are."""
    own = objective(
        objective=97, sli=sli, window="1d", pairs=[pair(long="1h", factor=10, **{"for": "2m"})], **fields
    )
    return monitor(objectives=[own], prometheus={"scrapeInterval": "15s"})


@pytest.mark.parametrize("sli", SLIS, ids=lambda sli: str(next(iter(sli))))
def test_every_kind_of_objective_passes_its_own_tests(sli: Json, promtool: Promtool) -> None:
    assert unittests.unit_tests(api.parse(quick(sli))).skipped == ()
    assert complaints(promtool, quick(sli)) == ""


@settings(
    max_examples=60 if THOROUGH else 6,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.generate],
)
@given(them=st.lists(objectives, min_size=1, max_size=3))
def test_random_monitors_pass_their_own_tests(them: list[Json], promtool: Promtool) -> None:
    named = [one | {"name": f"o{number}"} for number, one in enumerate(them)]
    body = monitor(objectives=named, prometheus={"scrapeInterval": "10s"})
    assume(not plan.check(api.parse(body)))
    assert complaints(promtool, body) == ""


def test_standard_pairs_pass_their_own_tests(promtool: Promtool) -> None:
    """Over a week, whose longest window is 16h48m; those of three days are for the thorough run."""
    body = monitor(objectives=[objective(objective=99, sli=SLIS[0], window="7d")])
    assert complaints(promtool, body) == ""


@pytest.mark.skipif(not THOROUGH, reason="a minute each: make thorough")
@pytest.mark.parametrize("case", sorted(GOLDEN.iterdir()), ids=lambda case: case.name)
def test_golden_monitors_pass_their_own_tests(case: Path, promtool: Promtool) -> None:
    assert complaints(promtool, yaml.safe_load((case / "monitor.yaml").read_text())) == ""


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(each_rule(replaced("> 0.3", "> 0.31"), alerts=True), id="a threshold a little too high"),
        pytest.param(each_rule(replaced("> 0.3", "> 0.292"), alerts=True), id="a threshold a little too low"),
        pytest.param(each_rule(replaced("2m", "3m", "for"), alerts=True), id="a minute more of waiting"),
        pytest.param(each_rule(replaced("critical", "warning", "expr"), alerts=True), id="nothing at all"),
        pytest.param(
            each_rule(replaced("and ignoring", "or ignoring"), alerts=True), id="or in place of and"
        ),
        pytest.param(
            each_rule(replaced(r" > 0\)", ")"), record="slo:sli_error"), id="NaN, which burns nothing"
        ),
    ],
)
def test_wrong_rules_fail(make: Rules, promtool: Promtool, request: pytest.FixtureRequest) -> None:
    harmless = request.node.callspec.id in {"nothing at all", "NaN, which burns nothing"}
    assert (complaints(promtool, quick(SLIS[2]), make) == "") == harmless


def test_what_is_not_tested_is_told() -> None:
    queries = {
        "error": "sum(rate(a[{{.window}}]) + rate(b[{{.window}}]))",
        "total": "sum(rate(c[{{.window}}]))",
    }
    own = [
        objective("sums", sli={"events": queries}),
        objective("long", sli=SLIS[0], window="92d", pairs=[pair(long="8d", factor=1)]),
    ]
    made = unittests.unit_tests(api.parse(monitor(objectives=own)))
    assert len(made.skipped) == 2
    assert made.skipped[0].startswith("sums: no series could be made for its queries: no sum of rate")
    assert made.skipped[1].startswith("long, page: 8d at 60s an evaluation is more than promtool can look at")
    assert made.document["tests"] == []
