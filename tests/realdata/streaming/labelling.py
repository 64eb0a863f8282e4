"""Labels as they come in practice: late, shuffled, repeated, contradicting, missing, of nothing."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Labels:
    """What will be sent about some predictions, in three waves."""

    first: Sequence[Item]
    again: Sequence[Item]
    """After all of the first: the same labels, and those that put others right."""
    late: Sequence[Item]
    """After the predictions were counted."""


def planned(truths: Mapping[str, Any], wrong: Mapping[str, Any], seed: int) -> Labels:
    """Plan labels by id: of 20, two get none in time, one is repeated, one first gets it wrong.

    A truth of None is never known. `wrong` gives a truth that is not the one, for each id.
    """
    dice = random.Random(seed)
    first: list[Item] = []
    again: list[Item] = []
    late: list[Item] = []
    for id_, actual in truths.items():
        fate = dice.randrange(20) if actual is not None else -1
        right = {"id": id_, "actual": actual}
        if fate in (0, 1):
            late += [right] if fate else []
        elif fate == 2:
            first.append({"id": id_, "actual": wrong[id_]})
            again.append(right)
        elif fate >= 0:
            first.append(right)
            again += [right, right] if fate == 3 else []
            late += [right] if fate == 4 else [{"id": id_, "actual": wrong[id_]}] if fate == 5 else []
    first += _of_nothing(len(truths) // 50, seed, next(iter(wrong.values())))
    for wave in (first, again, late):
        dice.shuffle(wave)
    return Labels(first, again, late)


def _of_nothing(number: int, seed: int, actual: object) -> list[Item]:
    unknown = [{"id": f"never-{seed}-{one}", "actual": actual} for one in range(number)]
    return [*unknown, {"actual": actual}, {"id": f"nothing-{seed}", "actual": None}]


@dataclass
class Book:
    """What has to become of labels, by the rules that the evaluator promises to its users."""

    outcomes: Counter[str] = field(default_factory=Counter)
    waiting: dict[str, Any] = field(default_factory=dict)
    """Id and label, None without one."""
    counted: dict[str, Any] = field(default_factory=dict)

    def remember(self, ids: Iterable[str]) -> None:
        """Let predictions wait; of those with the same id, the first."""
        self.waiting = dict.fromkeys(ids) | self.waiting

    def lose(self, ids: Iterable[str]) -> None:
        """Forget predictions that waited in a process that has ended."""
        for id_ in ids:
            self.waiting.pop(id_, None)

    def label(self, items: Iterable[Item]) -> None:
        """Take labels in order."""
        for item in items:
            self.outcomes[self._outcome(item.get("id"), item["actual"])] += 1

    def mature(self, ids: Iterable[str]) -> None:
        """Count predictions."""
        self.counted |= {id_: self.waiting.pop(id_) for id_ in ids if id_ in self.waiting}

    def _outcome(self, id_: str | None, actual: Any) -> str:
        if id_ is None or actual is None:
            return "invalid"
        if id_ in self.counted:
            return "duplicate" if self.counted[id_] == actual else "late"
        if id_ not in self.waiting:
            return "unknown"
        before, self.waiting[id_] = self.waiting[id_], actual
        return "joined" if before is None else "duplicate" if before == actual else "conflicting"
