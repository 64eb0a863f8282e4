"""What `parse` answers to mistakes in objectives, their indicators and their burn pairs."""

from typing import Any

import pytest

from modelmonitor.api import parse
from monitors import SLICE, Json, monitor, objective, pair, problems


def of_objective(**fields: Any) -> list[str]:
    return problems(monitor(objectives=[objective(**fields)]))


def of_pairs(*pairs: Json) -> list[str]:
    return of_objective(pairs=list(pairs))


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (
            100,
            (
                "a number above 0 and below 100, got 100;"
                " a budget of zero cannot be spent: choose less, such as 99.9"
            ),
        ),
        (0, "a number above 0 and below 100, got 0; it is the percentage of good events, such as 99.9"),
        (101, "a number above 0 and below 100, got 101; it is the percentage of good events, such as 99.9"),
        (-0.5, "a number above 0 and below 100, got -0.5; it is the percentage of good events, such as 99.9"),
        ("99,9", "a number, got '99,9'; write it with a point and without quotes: 99.9"),
        ("99.9", "a number, got '99.9'; write it without quotes: 99.9"),
        (
            "99,9 %",
            "a number, got '99,9 %'; write it with a point without the percent sign and without quotes: 99.9",
        ),
        ("high", "a number, got 'high'; write it with digits and a point, such as 99.9"),
        (True, "a number, got true"),
        ([99], "a number, got a list of 1"),
        (float("nan"), "a finite number, got nan"),
        (float("-inf"), "a finite number, got -inf"),
        (10**400, f"a finite number, got 1{'0' * 59}…"),
        (None, "a value, got nothing; this field is required"),
    ],
    ids=repr,
)
def test_an_objective_that_is_no_percentage_of_good_events_is_refused(value, answer):
    assert of_objective(objective=value) == [f"spec.objectives[0].objective: expected {answer}"]


def test_a_decimal_comma_that_yaml_takes_for_a_field_is_explained():
    body = monitor(objectives=[objective(objective=99) | {9: None}])
    assert problems(body) == [
        (
            "spec.objectives[0][9]: expected a field name as text, got 9;"
            " quote it; if it is a decimal comma, write a point"
        )
    ]


def test_two_objectives_of_one_name_are_refused():
    body = monitor(objectives=[objective("fast"), objective("right"), objective("fast")])
    assert problems(body) == [
        (
            "spec.objectives: expected every objective under a name of its own, got a list of 3;"
            " fast is there more than once; rename one"
        )
    ]


def test_51_objectives_are_refused_and_50_are_not():
    many = [objective(f"o{number}") for number in range(51)]
    assert problems(monitor(objectives=many)) == [
        "spec.objectives: expected a list of at most 50, got a list of 51"
    ]
    assert len(parse(monitor(objectives=many[:50])).spec.objectives) == 50


def test_fields_have_the_one_name_that_the_api_gives_them():
    answers = of_pairs({"name": "a", "long": "1h", "severity": "info", "budget_share": "2%"})
    assert "did you mean 'budgetShare'?" in answers[0]
    answers = problems(monitor() | {"spec": {"target_ref": {"name": "a"}, "model": {"task": "Ranking"}}})
    assert [answer.split(":")[0] for answer in answers] == ["spec.targetRef", "spec.target_ref"]


def test_an_unknown_field_deep_inside_is_found_where_it_is():
    (answer,) = of_pairs(pair(severty="info"))
    assert answer == (
        "spec.objectives[0].pairs[0].severty: expected one of name, factor, budgetShare, long, for, severity,"
        " got the unknown field 'severty'; did you mean 'severity'?"
    )


@pytest.mark.parametrize("name", ["", "A", "a.b", "-a", "a-", "a\n", "ä", 5, True])
def test_a_name_that_is_no_dns_label_is_refused(name):
    (of_monitor,) = problems(monitor(name))
    (of_objective_,) = of_objective(name=name)
    assert of_monitor.startswith("metadata.name: expected ")
    assert of_objective_.startswith("spec.objectives[0].name: expected ")


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        (
            {"factor": None},
            (
                ": expected exactly one of factor and budgetShare, got a mapping with name, long, severity;"
                " the other one follows from the window"
            ),
        ),
        (
            {"budgetShare": "2%"},
            (
                ": expected exactly one of factor and budgetShare, got a mapping with"
                " name, factor, long, severity, budgetShare; the other one follows from the window"
            ),
        ),
        ({"factor": 0}, ".factor: expected a number above 0 and up to 100000, got 0"),
        (
            {"factor": None, "budgetShare": 2},
            ".budgetShare: expected a percentage above 0% and up to 100%, such as 2%, got 2",
        ),
        ({"severity": "loud"}, ".severity: expected one of 'critical', 'warning' or 'info', got 'loud'"),
        (
            {"severity": "Critical"},
            (
                ".severity: expected one of 'critical', 'warning' or 'info', got 'Critical';"
                " did you mean 'critical'?"
            ),
        ),
        ({"long": "93d"}, ".long: expected a duration from 1s to 92d, got '93d'"),
        (
            {"long": 5},
            (
                ".long: expected a duration such as 30s, 5m, 1h30m or 30d, got 5;"
                " write whole numbers and their units, y, w, d, h, m, s or ms, the longer ones first: 2s500ms"
            ),
        ),
    ],
    ids=repr,
)
def test_a_pair_that_cannot_be_is_answered_once(changes, answer):
    assert of_pairs(pair(**changes)) == [f"spec.objectives[0].pairs[0]{answer}"]


def test_pairs_are_named_apart_and_between_one_and_five():
    assert of_pairs(pair("a"), pair("a")) == [
        (
            "spec.objectives[0].pairs: expected every pair under a name of its own, got a list of 2;"
            " a is there more than once; rename one"
        )
    ]
    assert of_pairs() == ["spec.objectives[0].pairs: expected a list of at least 1, got a list of 0"]
    assert of_pairs(*(pair(f"p{number}") for number in range(6))) == [
        "spec.objectives[0].pairs: expected a list of at most 5, got a list of 6"
    ]


@pytest.mark.parametrize(
    ("sli", "answer"),
    [
        (
            {},
            ": expected exactly one of availability, latency, events, timeslices, quality and drift, got a m",
        ),
        (
            {**SLICE, "events": {"good": "a", "total": "b"}},
            ": expected exactly one of availability, latency, events",
        ),
        (
            {"events": {"total": "b"}},
            ".events: expected exactly one of error and good, got a mapping with total;",
        ),
        ({"timeslices": {"query": "a"}}, ".timeslices: expected exactly one of atLeast and atMost, got"),
        (
            {"timeslices": {"query": "", "atMost": 1}},
            ".timeslices.query: expected a PromQL query of 1 to 4096",
        ),
        (
            {"latency": {"below": "0s", "histogram": "h", "selector": "s"}},
            ".latency.below: expected a duration from 1ms",
        ),
        (
            {"availability": {"counter": "a-b", "badSelector": "b", "selector": "c"}},
            ".availability.counter: expected the na",
        ),
    ],
    ids=repr,
)
def test_an_indicator_measures_exactly_one_thing(sli, answer):
    (found,) = of_objective(sli=sli)
    assert found.startswith(f"spec.objectives[0].sli{answer}")


def test_numbers_are_the_decimals_that_were_written():
    read = parse(
        monitor(objectives=[objective(objective=99.9, pairs=[pair(factor=None, budgetShare="0.1%")])])
    )
    (only,) = read.spec.objectives
    assert str(only.objective) == "99.9"
    assert str((only.pairs or ())[0].budget_share) == "1/1000"
