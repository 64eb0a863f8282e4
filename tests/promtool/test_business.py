"""Cost per prediction is the arithmetic of the confusion matrix; business series are recorded as they are."""

from fractions import Fraction

import pytest

from modelmonitor.plan import business, names, quality
from promtool import pods
from promtool.pods import counted
from promtool.runner import MINUTE, Ask, Json, Promtool, Simulation, counter

pytestmark = pytest.mark.promtool

ODD = 'a "quoted" \\ cl,ass'
CELLS = {("no", "no"): (700, 150), ("no", ODD): (20, 3), (ODD, "no"): (7, 1), (ODD, ODD): (60, 5)}
"""Rows a minute of either pod, by actual and predicted class."""
UNDECLARED = {("__other__", ODD): (2, 0), (ODD, "__other__"): (0, 1), ("__other__", "no"): (4, 4)}
PRICES = (Fraction("12.5"), Fraction("99.99"))
WINDOWS = ("1h", "6h", "1d")


def model(false_positive: float = 12.5, false_negative: float = 99.99) -> Json:
    costs = {"falsePositive": false_positive, "falseNegative": false_negative}
    return {**pods.MODEL, "classes": ["no", ODD], "positiveClass": ODD, "costs": costs}


def exact() -> float:
    cells = {cell: sum(rates) for cell, rates in (CELLS | UNDECLARED).items()}
    wrong = [
        sum(rows for (actual, predicted), rows in cells.items() if actual != ODD and predicted == ODD),
        sum(rows for (actual, predicted), rows in cells.items() if actual == ODD and predicted != ODD),
    ]
    return float(sum(price * rows for price, rows in zip(PRICES, wrong, strict=True)) / sum(cells.values()))


def world(window: str) -> Simulation:
    minutes = 26 * 60
    series = {
        counted("confusion_total", pod, actual=actual, predicted=predicted, segment=segment): counter(
            (minutes, rates[place] if segment == "" or actual == "no" else 0), start=10**6 * place
        )
        for (actual, predicted), rates in (CELLS | UNDECLARED).items()
        for place, pod in enumerate("ab")
        for segment in ("", "region=north")
    }
    scope = pods.scope(model=model(), degradation={"window": window})
    groups = pods.held([*quality.groups(scope, pods.LINKS), *business.groups(scope, pods.LINKS)])
    asks = pods.told(25 * 60 * MINUTE, f"{names.COST}{window}", {"": exact()})
    return Simulation(groups, series, asks, 5 * MINUTE, scrape=MINUTE)


@pytest.mark.parametrize("window", WINDOWS)
def test_cost_is_that_of_the_wrong_ones_over_all(window: str, promtool: Promtool) -> None:
    assert promtool.run(world(window)) == ""


MISTAKES = {
    "prices are exchanged": ("12.5", "99.99"),
    "right ones are told of only": (r" / \(\(sum.*$", ""),
    "segments count beside everything": (',segment=""', ""),
    "costs are averaged over pods": (r"sum by \(\)", "avg by ()"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_noticed(mistake: str, promtool: Promtool) -> None:
    assert pods.dies(promtool, world("1h"), (f"{names.COST}1h", *MISTAKES[mistake]))


def test_without_labelled_predictions_there_is_no_cost(promtool: Promtool) -> None:
    series = {counted("confusion_total", actual="0", predicted="1", segment=""): "7x90"}
    scope = pods.scope(model={**pods.MODEL, "costs": model()["costs"]}, degradation={"window": "1h"})
    asks = [Ask(f"{names.COST}1h", 80 * MINUTE, {})]
    assert promtool.run(Simulation(business.groups(scope, pods.LINKS), series, asks)) == ""


def test_business_series_get_one_name(promtool: Promtool) -> None:
    queries = [
        {"name": "revenue-per-user", "query": "sum(revenue)\n  / # of those who came\n sum(users)"},
        {"name": "conversion", "query": 'sum(increase(bought_total{shop="x # y"}[30m])) / 30'},
    ]
    series = {
        'revenue{shop="x"}': "0+12x90",
        'revenue{shop="y"}': "0+6x90",
        "users": "3x90",
        'bought_total{shop="x # y"}': "0+4x90",
        'bought_total{shop="z"}': "0+40x90",
    }
    groups = business.groups(pods.scope(business=queries), pods.LINKS)
    expected = {"revenue-per-user": 360, "conversion": 4}
    asks = pods.told(60 * MINUTE, names.BUSINESS, expected, "business")
    assert promtool.run(Simulation(groups, series, asks)) == ""
    assert all("\n" not in rule.expr for rule in groups[0].rules)


def test_costs_of_two_mistakes_are_those_of_two_classes() -> None:
    of_three = {"task": "MulticlassClassification", "classes": ["a", "b", "c"], "costs": model()["costs"]}
    assert business.groups(pods.scope(model=of_three), pods.LINKS) == []
