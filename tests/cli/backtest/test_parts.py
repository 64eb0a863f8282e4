"""The parts alone: order of rules, holding of alerts, bytes, times, steps."""

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting import drawing, moments, ordering, pacing, remotewrite, server
from modelmonitor.cli.backtesting.alerting import Alerting
from modelmonitor.cli.backtesting.curves import Chart, Curve
from modelmonitor.cli.backtesting.ordering import Material
from modelmonitor.cli.backtesting.recording import Covered
from modelmonitor.plan.rules import Alert, Group, Recording
from modelmonitor.wire import families

MINUTE = 60_000
ONE = (("monitor", "churn"),)
EXAMPLES = ["moments", "remotewrite", "scraped", "text"]
MATERIAL = Material({families.REQUESTS: "no requests"}, Duration.parse("2m"))
COUNTED = "modelmonitor_predictions_total"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_true(name: str) -> None:
    module = importlib.import_module(f"modelmonitor.cli.backtesting.{name}")
    found = doctest.testmod(module)
    assert (found.failed, found.attempted > 0) == (0, True)


def record(name: str, expr: str, **labels: str) -> Recording:
    return Recording(name, expr, labels)


def alert(name: str, expr: str) -> Alert:
    return Alert(name, expr, Duration(0), {}, {})


def ordered(*groups: Group, material: Material = MATERIAL) -> tuple[list[str], dict[str, str]]:
    found = ordering.order(groups, material)
    return [it.name for it in found.steps], {it.step.name: it.obstacle.reason for it in found.skipped}


def test_what_is_read_comes_first_whichever_group_it_is_in() -> None:
    steps, skipped = ordered(
        Group("last", (alert("Late", "b > 1"),)), Group("first", (record("a", COUNTED), record("b", "a")))
    )
    assert (steps, skipped) == (["a", "b", "Late"], {})


def test_what_depends_on_what_is_not_there_is_left_out_with_its_reason() -> None:
    steps, skipped = ordered(
        Group("own", (record("a", "rate(mine[5m])"), record("b", "a / 2"), alert("A", "absent(b)"))),
        Group("requests", (alert("R", "modelmonitor_requests_total > 1"),)),
    )
    assert steps == []
    assert skipped == {**dict.fromkeys("abA", "not among recorded predictions"), "R": "no requests"}


def test_one_answer_is_enough_on_both_sides_of_or_and_exceptions_may_be_unknown() -> None:
    either, except_for = f"mine or {COUNTED}", f"{COUNTED} unless on () paused"
    steps, skipped = ordered(
        Group("g", (record("a", either), record("b", except_for), record("c", "mine or yours")))
    )
    assert (steps, list(skipped)) == (["a", "b"], ["c"])


def test_records_of_one_name_are_told_apart_by_their_labels() -> None:
    steps, skipped = ordered(
        Group("g", (record("r", "mine", of="x"), record("r", COUNTED, of="y"))),
        Group("x", (alert("X", 'r{of="x"}'), alert("NotY", 'r{of!="y"}'))),
        Group("y", (alert("Y", 'r{of="y"}'), alert("Any", "r"))),
    )
    assert steps == ["r", "Y", "Any"]
    assert skipped.keys() == {"r", "X", "NotY"}


def test_a_rule_reads_what_stands_before_it_in_its_group() -> None:
    """A mean over all of a name does not wait for what comes after it, itself least of all."""
    rules = (record("r", COUNTED, of="x"), record("r", "avg(r)", of="mean"), record("r", "max(r)", of="most"))
    assert ordered(Group("g", rules)) == (["r", "r", "r"], {})
    assert ordered(Group("g", (record("r", f"r + {COUNTED}"),)))[1] == {
        "r": "it reads what it has recorded before"
    }


@pytest.mark.parametrize(("window", "answered"), [("3m", False), ("4m", True), ("5m", True)])
def test_a_window_needs_two_scrapes(window: str, answered: bool) -> None:
    steps, _ = ordered(Group("g", (record("a", f"increase({COUNTED}[{window}])"),)))
    assert bool(steps) is answered


def fired(hold: int, keep: int, yielded: str) -> list[tuple[int, int | None]]:
    """Give the minutes in which an alert fires, of evaluations a minute apart; x: it yields something."""
    state = Alerting(hold * MINUTE, keep * MINUTE)
    for number, one in enumerate(yielded):
        state.evaluate(number * MINUTE, {ONE: float(number)} if one == "x" else {})
    return [(it.start // MINUTE, None if it.end is None else it.end // MINUTE) for it in state.finish()]


@pytest.mark.parametrize(
    ("hold", "keep", "yielded", "expected"),
    [
        (0, 0, "..xx..", [(2, 4)]),
        (2, 0, ".xxxx.", [(3, 5)]),
        (2, 0, ".xx.xx", []),
        (0, 2, "x.....", [(0, 3)]),
        (0, 2, "x.x...", [(0, 5)]),
        (1, 3, "xx..x....", [(1, 8)]),
        (3, 0, "xxxx", [(3, None)]),
        (0, 5, "x..", [(0, None)]),
    ],
)
def test_alerts_are_held_and_kept_as_prometheus_does(
    hold: int, keep: int, yielded: str, expected: list[tuple[int, int | None]]
) -> None:
    assert fired(hold, keep, yielded) == expected


def test_samples_are_the_bytes_that_protobuf_asks_for() -> None:
    """Field 2 of 16 bytes: a double of 1.5, then the varint of a time."""
    time = remotewrite.varint(1_767_225_600_000).hex()
    (written,) = remotewrite.samples(np.array([1_767_225_600_000]), np.array([1.5]))
    assert written.tobytes().hex() == "1210" + "09000000000000f83f" + "10" + time


def test_nothing_is_a_request_of_nothing() -> None:
    assert remotewrite.body([]) == b""
    assert remotewrite.series_head({"a": "", "b": "c"}) == remotewrite.series_head({"b": "c"})


def test_a_month_is_looked_at_as_often_as_memory_allows() -> None:
    asked, month = Duration.parse("30s"), Covered(0.0, 30 * 86_400.0, 1, (0.0, 0.0))
    assert pacing.step(asked, month, series=100) == asked
    step = pacing.step(asked, month, series=1500)
    assert step.milliseconds % asked.milliseconds == 0
    assert 30 * 86_400_000 / step.milliseconds * 1500 <= pacing.MOST_SAMPLES
    assert pacing.step(asked, month, series=1_000_000) == Duration.parse("5m")


@pytest.mark.parametrize("first", [0.0, 1.0, 29.999, 30.0, 45.0])
def test_the_first_scrape_is_before_all_rows_and_the_last_after_them(first: float) -> None:
    span = pacing.scrapes(Covered(600 + first, 1000.0, 2, (0.0, 0.0)), None, Duration.parse("30s"))
    assert span.start < (600 + first) * 1000 <= span.start + 30_000
    assert span.end - 30_000 < 1_000_000 <= span.end


@pytest.mark.parametrize(
    "written", ["2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01 01:00+01:00", "1767225600"]
)
def test_a_moment_can_be_written_in_several_ways(written: str) -> None:
    assert moments.read(written) == 1_767_225_600


def test_a_line_ends_where_there_are_no_values_and_numbers_stay_in_the_chart() -> None:
    points = [(0.0, 1.0), (60.0, 2.0), (120.0, float("nan")), (600.0, 1e9), (660.0, -1.0)]
    drawn = drawing.chart(
        Chart("T", [Curve("<a>", points)], frozenset(), ((1.0, "limit"),)), 0, 700, [(60, 120)]
    )
    path = drawn.split(' d="')[1].split('"')[0]
    assert path.count("M") == 2
    assert "&lt;a&gt;" in drawn
    heights = [float(it.split(" ")[1]) for it in path.replace("M", "L").split("L")[1:]]
    assert all(0 <= it <= drawing.HEIGHT for it in heights)


_TOLD = ('msg="Listening on" address=127.0.0.1:4711', 'msg="Server is ready to receive web requests."')


@pytest.mark.parametrize("lines", [_TOLD, _TOLD[::-1]], ids=["listening first", "ready first"])
def test_a_prometheus_says_in_either_order_that_it_listens_and_is_ready(
    lines: tuple[str, ...], tmp_path: Path
) -> None:
    """It would be waited for in vain else: it goes on, and says no more."""
    program = tmp_path / "prometheus"
    said = "\n".join(f"echo '{line}' >&2" for line in lines)
    program.write_text(f"#!/bin/sh\n{said}\nexec sleep 30\n")
    program.chmod(0o755)
    with server.running(program, tmp_path) as prometheus:
        prometheus.close()
