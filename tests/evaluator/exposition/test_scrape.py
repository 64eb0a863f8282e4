"""The text of a scrape, as its readers take it."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from evaluator.counters import worlds
from evaluator.counters.worlds import world
from modelmonitor.evaluator import exposition
from modelmonitor.evaluator.counters import Counters, bank
from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.evaluator.exposition import OPEN_METRICS, TEXT, Form
from modelmonitor.series import budget
from modelmonitor.series.series import Axis, Series
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.families import FAMILIES

GOLDEN = Path(__file__).parent / "golden"
Read = Callable[[str], Any]


def busy(task: Task, *, profile: bool = True) -> Counters:
    """Counters that have seen some of everything, always the same."""
    rng, scheme = np.random.default_rng(1), world(task, profile=profile)
    counters = Counters(scheme, "6f9c", "0.1.0")
    counters.matured(worlds.cohort(scheme, counters.predicted(worlds.rows(task, 200, rng)), rng))
    exchange = Exchange("POST", "/predict", {}, b"{}", 200, {}, b"{}", Outcome.OK, 0.0, 0.0625)
    counters.traffic.passed(exchange, predicts=True)
    for family in (families.MODEL_UP, families.QUEUE_BYTES, families.QUEUE_LIMIT, families.PENDING):
        counters.gauge(family, 1.0)
    return counters


def samples(read: Read, text: bytes) -> dict[Any, float]:
    """What a parser of others makes of it."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in read(text.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("task", "form"), [*((task, "text") for task in Task), (Task.RANKING, "openmetrics")]
)
def test_a_scrape_is_its_golden_file(golden: Callable[[Path, str], None], task: Task, form: str) -> None:
    text = exposition.render([busy(task)], openmetrics=form == "openmetrics").decode()
    rounded = re.sub(
        r"(?<= )\d+\.\d+(e[+-]?\d+)?$", lambda it: f"{float(it[0]):.9g}", text, flags=re.MULTILINE
    )
    golden(GOLDEN / f"{task}.{form}.txt", rounded)  # the last digits of a sum are the processor's


@pytest.mark.parametrize("task", Task)
def test_both_formats_tell_the_same_names_labels_and_values(task: Task) -> None:
    counters = busy(task)
    text, openmetrics = (exposition.render([counters], openmetrics=it) for it in (False, True))
    assert samples(read_text, text) == samples(read_openmetrics, openmetrics)
    assert openmetrics.endswith(b"\n# EOF\n")


def test_every_family_of_the_contract_is_exposed_by_some_task_and_nothing_else_is() -> None:
    exposed: set[str] = set()
    for task in Task:
        text = exposition.render([busy(task)], openmetrics=False).decode()
        exposed |= {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert exposed == {family.name for family in FAMILIES}


@pytest.mark.parametrize("task", Task)
def test_series_have_exactly_the_labels_of_the_contract(task: Task) -> None:
    contract = {family.name: family for family in FAMILIES}
    for name, labels in samples(read_text, exposition.render([busy(task)], openmetrics=False)):
        family = contract.get(name) or next(
            contract[name.removesuffix(it)]
            for it in ("_bucket", "_count", "_sum")
            if name.removesuffix(it) in contract
        )
        own = {*family.labels, "monitor", "version", *(["profile"] if family.profile else [])}
        assert {label for label, _ in labels} - {"le"} == own - {"le"}


@pytest.mark.parametrize("profile", [True, False], ids=["reference", "no reference"])
@pytest.mark.parametrize("task", Task)
def test_the_budget_is_what_is_exposed(task: Task, profile: bool) -> None:
    text = exposition.render([busy(task, profile=profile)], openmetrics=False)
    assert budget.series(world(task, profile=profile)) == len(samples(read_text, text))
    assert sum(
        int(line.rpartition("= ")[2]) for line in budget.arithmetic(world(task, profile=profile))
    ) + 1 == (budget.series(world(task, profile=profile)))


def test_a_config_over_its_budget_is_told_by_how_much_and_by_what() -> None:
    within, over = world(Task.BINARY, max_series=10_000), world(Task.BINARY, max_series=100)
    assert budget.complaint(within) == ""
    complaint = budget.complaint(over)
    assert complaint.startswith(f"maxSeries: expected at most 100 series, got {budget.series(over)}; ")
    assert "modelmonitor_score_by_actual: 1 classes x 2 truths x 4 segments x 7 cells = 56" in complaint


def test_an_enormous_config_is_added_up_without_being_built() -> None:
    names = tuple(f"c{number}" for number in range(30_000))
    axes = tuple(Axis.of(label, names, label) for label in ("actual", "predicted"))
    assert Series(families.CONFUSION, axes).number == 900_000_000


@given(st.lists(st.text(), min_size=1, max_size=5, unique=True))
def test_any_text_can_be_a_label(texts: list[str]) -> None:
    series = Series(families.PREDICTIONS, (Axis.of("class", tuple(texts), "classes"),))
    (block,) = bank.Bank([series], {}, "").blocks.values()
    text = "# TYPE modelmonitor_predictions_total counter\n" + "\n".join([*block.lines(), ""])
    found = [sample.labels["class"] for family in read_text(text) for sample in family.samples]
    assert found == texts


def test_a_text_that_is_no_unicode_does_not_break_the_scrape() -> None:
    counters = Counters(None, "\ud800", "0.1.0")
    assert b'version="?"' in exposition.render([counters], openmetrics=True)


PROMETHEUS = (
    b"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    b"application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
    b"text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        (PROMETHEUS, True),
        (b"", False),
        (b"*/*", False),
        (b"text/html, */*;q=0.1", False),
        (b"text/plain;q=0.9, application/openmetrics-text;q=0.5", False),
        (b"text/*;q=0.1, Application/OpenMetrics-Text", True),
        (b"application/openmetrics-text;q=0", False),
        (b"application/openmetrics-text;q=many", False),
        (b"application/vnd.google.protobuf;q=0.9", False),
        (b"\xff;;q=,,", False),
    ],
)
def test_the_format_is_the_one_that_is_liked_best(accept: bytes, openmetrics: bool) -> None:
    form = exposition.negotiate(accept, b"")
    assert form == Form(openmetrics, gzip=False)
    assert form.content_type == (OPEN_METRICS if openmetrics else TEXT)


@pytest.mark.parametrize(
    ("encodings", "wanted"),
    [
        (b"gzip", True),
        (b"deflate, gzip;q=0.5", True),
        (b"gzip;q=0", False),
        (b"identity", False),
        (b"", False),
    ],
)
def test_a_scrape_is_compressed_for_those_who_accept_it(encodings: bytes, wanted: bool) -> None:
    form = exposition.negotiate(b"text/plain", encodings)
    plain, sent = (exposition.body([busy(Task.BINARY)], it) for it in (Form(False, gzip=False), form))
    assert form.gzip == wanted
    assert (gzip.decompress(sent) if wanted else sent) == plain
    assert not wanted or len(sent) * 5 < len(plain)
