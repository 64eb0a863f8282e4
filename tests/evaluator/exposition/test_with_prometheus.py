"""A real Prometheus reads both formats, and stores the same."""

import contextlib
import dataclasses
import functools
import math
import re
import subprocess
from collections.abc import Iterator

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

import tools
from evaluator.counters import worlds
from evaluator.exposition import scraping
from evaluator.exposition.test_scrape import busy
from modelmonitor.evaluator import exposition
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.stats import probability
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType
from modelmonitor.wire.scheme import scheme

pytestmark = pytest.mark.promtool

EDGES = (-1.7976931348623157e308, -1e21, -3.25, -1e-07, 0.0, 5e-324, 1e-05, 0.0001, 0.1 + 0.2, 1.0, 123456.0,
         999999.5, 1e6, 1234567.5, 2**53 + 0.0, 1e21, 1.7976931348623157e308)  # fmt: skip


def odd() -> Counters:
    """Edges of all sizes, and categories that need to be escaped."""
    old = worlds.world(Task.REGRESSION)
    assert old.profile
    wide = Column(name='wi\\de"', type=ColumnType.NUMERIC, edges=EDGES, counts=tuple(range(len(EDGES) + 1)))
    texts = ("", " ", "\n", "\\n", '"', "\x00", "\r", "日本", "a,b=c}", "__other")
    strange = Column(
        name="strange", type=ColumnType.CATEGORICAL, categories=texts, counts=(1,) * (len(texts) + 1)
    )
    profile = dataclasses.replace(old.profile, columns=(*old.profile.columns, wide, strange))
    counters = Counters(scheme(old.config, profile), "v1", "0.1.0")
    values = [*EDGES, 0.5, 7.0, math.nan]
    counters.predicted(worlds.Rows(len(values), {wide.name: values, "strange": [*texts] * 2}, values))
    return counters


COUNTERS = {"odd": odd, **{str(task): functools.partial(busy, task) for task in Task}}
MOVES = "modelmonitor_absolute_error_max"
"""Every scrape moves its windows."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that has scraped each world in each format."""
    with contextlib.ExitStack() as ports:
        served = {name: ports.enter_context(scraping.served([make()])) for name, make in COUNTERS.items()}
        addresses = {name: address for name, (address, _) in served.items()}
        address = ports.enter_context(scraping.prometheus(tmp_path_factory.mktemp("prometheus"), addresses))
        jobs = scraping.targets(address, 2 * len(COUNTERS))
        states = {job: (it["health"], it["lastError"]) for job, it in jobs.items()}
        assert states == dict.fromkeys(jobs, ("up", ""))
        asked = {form for _, forms in served.values() for form in forms}
        assert {(form.openmetrics, form.gzip) for form in asked} == {(True, True), (False, True)}
        yield address


def stored(server: str, job: str) -> dict[scraping.Series, float]:
    """What Prometheus has of a job."""
    return {one: it for one, it in scraping.stored(server, job).items() if ("__name__", MOVES) not in one}


@pytest.mark.parametrize("name", COUNTERS)
def test_prometheus_stores_what_is_told_and_the_same_of_both_formats(name: str, server: str) -> None:
    told = exposition.render([COUNTERS[name]()], openmetrics=False).decode()
    expected = {
        tuple(sorted(it for it in {"__name__": sample.name, **sample.labels}.items() if it[1])): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        if sample.name != MOVES
    }
    assert stored(server, f"{name} text") == stored(server, f"{name} openmetrics") == expected


def test_edges_of_the_reference_are_those_of_the_buckets(server: str) -> None:
    mine = [one for one in map(dict, stored(server, "odd text")) if one.get("feature") == 'wi\\de"']
    buckets, reference = (
        {one["le"] for one in mine if one["__name__"] == name and one.get("cell") != "missing"}
        for name in ("modelmonitor_feature_value_bucket", "modelmonitor_reference_count")
    )
    assert buckets == reference
    assert len(buckets) == len(EDGES) + 1


REF = 'modelmonitor_reference_count{job="%s"%s}'
BUCKET = 'sum by (feature, le) (modelmonitor_feature_value_bucket{job="%s"})'
LIVE = """
  sum by (feature, cell) (
      (0 * REF(le!="") + on (feature, le) group_left () BUCKET)
    - ((0 * REF(below!="") + on (feature, below) group_left ()
        label_replace(BUCKET, "below", "$1", "le", "(.+)"))
       or 0 * REF(le!="", below="")))
or label_replace(sum by (feature) (modelmonitor_feature_missing_total{JOB}), "cell", "missing", "", "")
or label_replace(sum by (feature, category) (modelmonitor_feature_category_total{JOB}),
     "cell", "c:$1", "category", "(.+)")
"""
SHARES = "(CELL + 0.5) / on (feature) group_left () sum by (feature) (CELL + 0.5)"


def promql(text: str, job: str) -> str:
    """Put the selectors of one job into a query."""
    text = text.replace("BUCKET", BUCKET % job).replace("{JOB}", f'{{job="{job}"}}')
    return re.sub(r"REF\((.*?)\)", lambda found: REF % (job, f", {found[1]}" if found[1] else ""), text)


@pytest.mark.parametrize("task", Task)
def test_psi_of_the_scrape_is_psi_of_the_counters(task: Task, server: str) -> None:
    job, counters = f"{task} text", busy(task)
    assert counters.scheme
    live, known = (
        "(" + promql(SHARES.replace("CELL", f"({cells})"), job) + ")"
        for cells in (f"sum by (feature, cell) ({LIVE})", "sum by (feature, cell) (REF())")
    )
    answer = scraping.asked(server, f"sum by (feature) (({live} - {known}) * ln({live} / {known}))")
    expected = {}
    for column in counters.scheme.watched:
        counted = recovered.distributions(counters.bank, counters.scheme)[column.name].cells + 0.5
        reference = recovered.reference(column).cells + 0.5
        q, p = counted / counted.sum(), reference / reference.sum()
        expected[column.name] = pytest.approx(np.sum((q - p) * np.log(q / p)), rel=1e-9)
    assert {labels["feature"]: value for labels, value in answer} == expected


EDGE = 'max by (le, below) (modelmonitor_score_edge{job="%s"})'
SCORES = (
    'sum by (class, le) (modelmonitor_score_by_actual_bucket{job="%s", actual="%s", segment="", le=~"%s"})'
)


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_auc_of_the_scrape_is_auc_of_the_counters(task: Task, server: str) -> None:
    job, counters = f"{task} text", busy(task)
    assert counters.scheme
    edge = EDGE % job

    def sides(truth: str) -> tuple[str, str, str]:
        """Rows up to the upper and up to the lower edge of each cell, and all of them."""
        rows = SCORES % (job, truth, ".+")
        upper = f"{rows} * on (le) group_left (below) {edge}"
        moved = f'label_replace({rows}, "below", "$1", "le", "(.+)")'
        lower = f"({moved} * on (below) group_left (le) {edge}) or 0 * ({upper})"
        return upper, lower, f"sum by (class) ({SCORES % (job, truth, '[+]Inf')})"

    (up, low, positives), (up_others, low_others, others) = sides("true"), sides("false")
    area = f"(({up}) - ({low})) * (({up_others}) + ({low_others})) / 2"
    answer = scraping.asked(server, f"sum by (class) ({area}) / ({positives} * {others})")
    scores = recovered.score_by_actual(counters.bank, counters.scheme, 0)
    expected = dict(zip(scores.classes, probability.roc_auc(scores).tolist(), strict=True))
    assert {labels["class"]: value for labels, value in answer} == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("task", Task)
def test_promtool_finds_nothing_to_improve(task: Task) -> None:
    text = exposition.render([busy(task)], openmetrics=False)
    done = subprocess.run(
        [tools.binary("promtool"), "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
