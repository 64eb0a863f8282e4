"""What is well and what is not, by the conditions that operators report."""

from modelmonitor.cli.standing import conditions
from modelmonitor.cli.standing.monitor import Standing
from modelmonitor.report.conditions import TYPES


def status(**conditions_: str) -> dict[str, object]:
    found = [
        {"type": name, "status": it, "reason": "Some", "message": "m"} for name, it in conditions_.items()
    ]
    return {"conditions": found, "summary": {"health": "Met"}}


def standing(**conditions_: str) -> Standing:
    return Standing({"metadata": {"namespace": "ml", "name": "churn"}, "status": status(**conditions_)})


def test_every_condition_of_the_operator_has_its_place_between_cause_and_effect() -> None:
    assert set(TYPES) <= set(conditions.ORDER)


def test_what_is_bad_when_it_is_true_is_not_taken_for_good() -> None:
    found = conditions.troubles(
        status(Breached="True", Ready="False", EvaluatorsFailing="True", RulesLoaded="True")
    )
    assert [it.type for it in found] == ["EvaluatorsFailing", "Breached", "Ready"]
    assert conditions.troubles(status(Breached="False", OwnershipConflict="False", Ready="True")) == []


def test_what_is_not_known_is_told_but_no_alarm() -> None:
    one = standing(RulesLoaded="Unknown", Ready="True")
    assert [it.type for it in one.troubles] == ["RulesLoaded"]
    assert one.is_well
    assert not standing(RulesLoaded="False", Ready="True").is_well
    assert not Standing({"metadata": {"namespace": "ml", "name": "new"}}).is_well
