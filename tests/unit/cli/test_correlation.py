"""The correlation report finds what is there, with its delay and sign, and does not find what is not."""

import numpy as np
import pytest

from modelmonitor import api
from modelmonitor.api.duration import Duration
from modelmonitor.cli.correlation import finding, page, questions
from modelmonitor.cli.correlation.asking import Floats, Span
from modelmonitor.cli.correlation.finding import Outcome, Report, Series
from modelmonitor.stats.correlation import Direction
from monitors import monitor

DAYS = 90
SPAN = Span(1_795_046_400_000, Duration.parse("1d"), DAYS)
LAGS = 7


def remembering(rng: np.random.Generator, memory: float = 0.7, steps: int = DAYS) -> Floats:
    """An autoregressive series."""
    noise, values = rng.normal(size=steps + 50), np.zeros(steps + 50)
    for place in range(1, steps + 50):
        values[place] = memory * values[place - 1] + noise[place]
    return values[50:]


def report(model: list[Floats], business: list[Floats], *, model_higher: bool = True) -> Report:
    return finding.report(
        "ml/churn",
        SPAN,
        LAGS,
        [Series(f"m{number}", it, model_higher) for number, it in enumerate(model)],
        [Series(f"b{number}", it, higher_is_better=True) for number, it in enumerate(business)],
    )


def test_two_hundred_pairs_of_strangers_are_strangers() -> None:
    """One report on 20 series of the model and 10 of the business, all of which remember their past."""
    rng = np.random.default_rng(7)
    told = report([remembering(rng) for _ in range(20)], [remembering(rng) for _ in range(10)])
    assert len(told.pairs) == 200
    assert told.outcome is Outcome.NOTHING
    assert "Nothing found: chance alone" in " ".join(finding.sentences(told))


def test_any_false_find_is_as_rare_as_promised() -> None:
    """Of 300 reports on strangers about 15 may find anything; 25 is two and a half standard errors more."""
    rng = np.random.default_rng(11)
    found = 0
    for _ in range(300):
        told = report([remembering(rng) for _ in range(4)], [remembering(rng) for _ in range(2)])
        found += told.outcome is Outcome.FOUND
    assert found <= 25


@pytest.mark.parametrize("sign", [1, -1])
def test_what_follows_three_days_later_is_found_with_its_delay_and_sign(sign: int) -> None:
    rng = np.random.default_rng(3)
    leading = remembering(rng, 0.5)
    following = np.concatenate([rng.normal(size=3), sign * leading[:-3]]) + 0.5 * rng.normal(size=DAYS)
    others = [remembering(rng) for _ in range(3)]
    told = report([leading, *others], [following, remembering(rng)])
    assert [(it.model.name, it.business.name, it.found.lag) for it in told.pairs if it.is_found] == [
        ("m0", "b0", 3)
    ]
    first = told.pairs[0]
    assert first.direction is (Direction.SAME if sign > 0 else Direction.OPPOSITE)
    assert str(told.delay(first)) == "3d"
    said = " ".join(finding.sentences(told))
    assert f"When m0 is better, b0 is {'better' if sign > 0 else 'worse'}, 3d later." in said
    assert "does not say that one causes the other" in said


def test_better_means_smaller_where_smaller_is_better() -> None:
    rng = np.random.default_rng(5)
    errors = rng.normal(size=DAYS)
    told = report([errors], [-errors + 0.3 * rng.normal(size=DAYS)], model_higher=False)
    assert told.pairs[0].direction is Direction.OPPOSITE
    assert "When m0 is better, b0 is better." in " ".join(finding.sentences(told))


def test_few_days_are_not_enough_to_know() -> None:
    rng = np.random.default_rng(5)
    short = np.concatenate([np.full(DAYS - 12, np.nan), rng.normal(size=12)])
    told = report([short], [short * 2])
    assert told.outcome is Outcome.TOO_FEW
    assert "Too few points: a pair needs 14 steps" in " ".join(finding.sentences(told))


def test_what_is_not_known_is_told_beside_what_is() -> None:
    rng = np.random.default_rng(5)
    told = report([remembering(rng), np.full(DAYS, np.nan)], [remembering(rng)])
    assert told.outcome is Outcome.NOTHING
    assert "Of 1 pairs it is not known" in " ".join(finding.sentences(told))
    assert told.pairs[-1].model.name == "m1"


def test_names_of_others_are_no_markup() -> None:
    rng = np.random.default_rng(5)
    series = Series("<script>alert(1)</script>", remembering(rng), higher_is_better=True)
    told = finding.report("a/b", SPAN, 0, [series], [series])
    assert "<script" not in page.page(told)


JUDGED = {"labels": {}, "drift": {}, "business": [{"name": "revenue", "query": "sum(increase(r[1d]))"}]}


def asked(step: str = "1d", **spec: object) -> dict[str, str]:
    parsed = api.parse(monitor(**(JUDGED | {"model": {"task": "BinaryClassification"}} | spec)))
    one = Duration.parse(step)
    every = [*questions.of_model(parsed, one, ()), *questions.of_business(parsed, one)]
    return {it.name: it.query for it in every}


def test_all_that_is_recorded_of_the_model_is_looked_at() -> None:
    model = {"task": "BinaryClassification", "costs": {"falsePositive": 1, "falseNegative": 2}}
    assert list(asked(model=model)) == [
        "Accuracy", "F1", "RocAuc", "label coverage", "cost of mistakes", "prediction drift",
        "features drift", "revenue",
    ]  # fmt: skip
    assert list(asked(labels=None)) == ["prediction drift", "features drift", "revenue"]
    judged = {"window": "7d", "metrics": ["LogLoss"]}
    assert list(asked(degradation=judged, drift=None)) == ["LogLoss", "label coverage", "revenue"]
    assert 'modelmonitor:quality:value7d{namespace="default"' in asked(degradation=judged)["LogLoss"]


def test_what_covers_a_step_is_read_at_its_end_and_what_does_not_is_averaged() -> None:
    assert asked()["Accuracy"].startswith("max(last_over_time(modelmonitor:quality:value1d{")
    assert asked(degradation={"window": "1h"})["Accuracy"].endswith('average=""}[1d]))')
    assert asked()["revenue"].startswith("max(last_over_time(")
    assert asked("6h")["revenue"].startswith("max(last_over_time(")
    assert asked(business=[{"name": "rate", "query": "rate(r[5m])"}])["rate"].startswith("max(avg_over_time(")
    assert asked()["features drift"].startswith("max(max_over_time(modelmonitor:drift:excess1h{")


def test_steps_end_at_midnight() -> None:
    span = Span.until(1_795_000_000.0, Duration.parse("3d"), Duration.parse("1d"))
    assert [moment % 86_400 for moment in span.moments()] == [0, 0, 0]
    assert 1_795_000_000 - 86_400 < span.moments()[-1] <= 1_795_000_000
