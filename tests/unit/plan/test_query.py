"""What is read from a user's query: its unit, its labels, its windows."""

import pytest

from modelmonitor.api.duration import Duration
from modelmonitor.plan import query
from modelmonitor.plan.query import Unit, Unsuitable

HOUR = Duration.parse("1h")


@pytest.mark.parametrize(
    ("text", "unit", "grouping"),
    [
        ("sum(rate(x[{{.window}}]))", Unit.RATE, ()),
        ("sum by (b, a) (rate(x[{{ .window }}]))", Unit.RATE, ("a", "b")),
        ("sum(rate(x[{{.window}}])) by (a)", Unit.RATE, ("a",)),
        ("(sum by (a, a) (rate(x[{{.window}}])))", Unit.RATE, ("a",)),
        ('sum(rate(x{code=~`5\\d`, path="`"}[{{.window}}]))', Unit.RATE, ()),
        ("sum(increase(x[{{.window}}]))", Unit.INCREASE, ()),
        ("sum(count_over_time(x[{{.window}}]))", Unit.COUNT, ()),
        ("sum(sum_over_time(x[{{.window}}]))", Unit.COUNT, ()),
        ("sum(rate(x[{{.window}}]) + rate(y[{{.window}}]))", Unit.RATE, ()),
        ("sum(rate(x[{{.window}}] offset 1m))", Unit.RATE, ()),
        ('sum(label_replace(rate(x[{{.window}}]), "a", "$1", "b", "(.*)"))', Unit.RATE, ()),
        ("sum by (a) (rate(x[{{.window}}]) * on (pod) group_left (a) info)", Unit.RATE, ("a",)),
    ],
)
def test_unit_and_labels_are_read_from_a_query(text: str, unit: Unit, grouping: tuple[str, ...]) -> None:
    read = query.read(text)
    assert (read.unit, read.grouping) == (unit, grouping)
    assert "[1h]" in read.over(HOUR)
    assert "{{" not in read.over(HOUR)


@pytest.mark.parametrize(
    "text",
    [
        "sum(rate(x[5m]))",
        "max(rate(x[{{.window}}]))",
        "sum(x)",
        "sum(delta(x[{{.window}}]))",
        "sum(rate(x[{{.window}}])) or vector(0)",
        "sum(rate(x[{{.window}}]) / increase(x[{{.window}}]))",
        "sum(avg_over_time(rate(x[5m])[{{.window}}:]))",
    ],
)
def test_queries_that_do_not_count_events_are_unsuitable(text: str) -> None:
    with pytest.raises(Unsuitable):
        query.read(text)


def test_a_query_of_another_form_is_taken_as_a_rate_when_asked_to() -> None:
    read = query.read("max(rate(x[{{.window}}]))", strict=False)
    assert (read.unit, read.grouping) == (Unit.RATE, None)
    assert read.scale(HOUR) == "3600 * "


@pytest.mark.parametrize(
    "text", ["sum(rate(x[1h])) + sum(rate(y[1h]))", "-sum(rate(x[1h]))", "rate(x[1h]) or vector(0)"]
)
def test_a_query_that_is_taken_as_it_is_stays_one_whole(text: str) -> None:
    assert query.read(text.replace("1h", "{{.window}}"), strict=False).over(HOUR) == f"({text})"


def test_a_range_that_the_user_wrote_stays_what_it_is() -> None:
    read = query.read("sum(rate(x[{{.window}}]) * on () group_left () max_over_time(y[10m]))")
    assert "[10m]" in read.over(HOUR)


def test_the_longest_range_of_a_query_counts_subqueries() -> None:
    assert query.longest_range("auc") == Duration(0)
    assert query.longest_range("avg_over_time(auc[6h]) + max_over_time(x[1d])") == Duration.parse("1d")
    assert query.longest_range("max_over_time(rate(x[5m])[2h:1m])") == Duration.parse("2h")
