"""What became of the labels, as a table or as JSON."""

import json
from collections.abc import Mapping

from modelmonitor.client.labels import UNKNOWN

GOOD = frozenset({"joined", "duplicate", "unsampled"})
_MEANINGS = {
    "joined": "counted with its prediction when that is due",
    "duplicate": "the same label was taken before",
    "unsampled": "its prediction is not in the sample that waits for labels",
    "conflicting": "replaced another label of the same prediction",
    UNKNOWN: "no such prediction was seen: a wrong id, or counted long ago",
    "late": "its prediction was counted before without it: labels.maturity is too short",
    "invalid": "no label for this kind of model",
}


def table(outcomes: Mapping[str, int]) -> str:
    """Tell how many labels had which outcome, and what that means."""
    known = [it for it in _MEANINGS if outcomes.get(it)]
    others = sorted(it for it in outcomes if it not in _MEANINGS)
    rows = [(it, f"{outcomes[it]:,}", _MEANINGS.get(it, "")) for it in [*known, *others]]
    rows = [("OUTCOME", "LABELS", "MEANING"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c}".rstrip() for a, b, c in rows)


def structured(outcomes: Mapping[str, int], problem: str) -> str:
    """Write the same for programs."""
    found = {name: number for name, number in outcomes.items() if number}
    document = {"labels": sum(found.values()), "outcomes": found, "problem": problem or None}
    return json.dumps(document, indent=2)


def good(outcomes: Mapping[str, int]) -> bool:
    """Say whether every label was taken, now or before, or is not wanted."""
    return all(name in GOOD for name, number in outcomes.items() if number)
