"""Gaps between the groups of each protected column, with the limits that their rows allow."""

from collections.abc import Iterator

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.evaluator.statistics.telling import Document, told
from modelmonitor.stats import fairness, outcomes
from modelmonitor.stats.fairness import Gap
from modelmonitor.stats.groups import Groups
from modelmonitor.wire import families
from modelmonitor.wire.scheme import Scheme

FOUR_FIFTHS = 0.8
_GAPS = {
    "demographicParityDifference": fairness.demographic_parity_difference,
    "demographicParityRatio": fairness.demographic_parity_ratio,
    "equalOpportunityDifference": fairness.equal_opportunity_difference,
    "equalisedOddsDifference": fairness.equalised_odds_difference,
}


def gaps(bank: Bank, scheme: Scheme) -> Iterator[Document]:
    """Yield the gaps of each protected column; none where there is no positive class."""
    if families.GROUP_SELECTED in bank and families.GROUP_CONFUSION in bank:
        for place, one in enumerate(scheme.groups):
            yield _of(one.column, recovered.groups(bank, scheme, place))


def _of(attribute: str, groups: Groups) -> Document:
    found = {name: gap(groups) for name, gap in _GAPS.items()}
    ratio = fairness.at_least(found["demographicParityRatio"], FOUR_FIFTHS)
    return {
        "attribute": attribute,
        "groups": _rates(groups),
        "gaps": {name: _gap(gap) for name, gap in found.items()},
        "fourFifths": ratio.value,
    }


def _rates(groups: Groups) -> list[Document]:
    selection = fairness.selection_rate(groups)
    true, false = outcomes.recall(groups.outcomes), outcomes.false_positive_rate(groups.outcomes)
    return [
        {
            "group": name,
            "rows": int(groups.selected[place].sum()),
            "selectionRate": told(selection[place]),
            "truePositiveRate": told(true[place]),
            "falsePositiveRate": told(false[place]),
        }
        for place, name in enumerate(groups.groups)
    ]


def _gap(gap: Gap) -> Document:
    found: Document = {"value": told(gap.value), "low": told(gap.low), "high": told(gap.high)}
    if found["value"] is None:
        found["why"] = f"fewer than two groups have {fairness.MINIMUM_ROWS} rows, or nobody is selected"
    return {**found, "least": gap.least, "most": gap.most, "leftOut": list(gap.left_out)}
