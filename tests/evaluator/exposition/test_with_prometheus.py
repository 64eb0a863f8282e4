"""A real Prometheus reads both formats, and stores the same."""

import contextlib
import dataclasses
import functools
import math
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

import tools
from evaluator.counters import worlds
from evaluator.exposition import scraping
from evaluator.exposition.test_scrape import busy
from modelmonitor.evaluator import exposition
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.scheme import scheme
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType

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
Stored = dict[str, dict[scraping.Series, float]]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """What Prometheus has stored of each world in each format."""
    with contextlib.ExitStack() as ports:
        served = {name: ports.enter_context(scraping.served([make()])) for name, make in COUNTERS.items()}
        addresses = {name: address for name, (address, _) in served.items()}
        server = ports.enter_context(scraping.prometheus(tmp_path_factory.mktemp("prometheus"), addresses))
        jobs = scraping.targets(server, 2 * len(COUNTERS))
        assert {job: (it["health"], it["lastError"]) for job, it in jobs.items()} == dict.fromkeys(
            jobs, ("up", "")
        )
        found = {job: scraping.stored(server, job) for job in jobs}
    asked = {form for _, forms in served.values() for form in forms}
    assert {(form.openmetrics, form.gzip) for form in asked} == {(True, True), (False, True)}
    return {
        job: {series: it for series, it in of.items() if ("__name__", MOVES) not in series}
        for job, of in found.items()
    }


@pytest.mark.parametrize("name", COUNTERS)
def test_prometheus_stores_what_is_told_and_the_same_of_both_formats(name: str, stored: Stored) -> None:
    told = exposition.render([COUNTERS[name]()], openmetrics=False).decode()
    expected = {
        tuple(sorted(it for it in {"__name__": sample.name, **sample.labels}.items() if it[1])): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        if sample.name != MOVES
    }
    assert stored[f"{name} text"] == stored[f"{name} openmetrics"] == expected


def test_edges_of_the_reference_are_those_of_the_buckets(stored: Stored) -> None:
    mine = [one for one in map(dict, stored["odd text"]) if one.get("feature") == 'wi\\de"']
    buckets, reference = (
        {one["le"] for one in mine if one["__name__"] == name and one.get("cell") != "missing"}
        for name in ("modelmonitor_feature_value_bucket", "modelmonitor_reference_count")
    )
    assert buckets == reference
    assert len(buckets) == len(EDGES) + 1


@pytest.mark.parametrize("task", Task)
def test_promtool_finds_nothing_to_improve(task: Task) -> None:
    text = exposition.render([busy(task)], openmetrics=False)
    done = subprocess.run(
        [tools.binary("promtool"), "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
