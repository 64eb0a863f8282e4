"""Rules of quality with one mistake each, as they have been made elsewhere."""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from modelmonitor.api.duration import Duration
from modelmonitor.plan import names, quality
from modelmonitor.plan.quality import counts, scores
from modelmonitor.wire.config import Task
from promtool.pods import LINKS
from promtool.quality.comparing import LONG, SHORT, Course
from promtool.quality.judged import World
from promtool.runner import MINUTE, Json

HOUR = Duration.parse("1h")
Change = Callable[[World, Json], None]
BINARY, MANY, NUMBERS, LISTS = (World(task) for task in Task)
SAME = World(Task.MULTICLASS, fate="same")
LONG_AGO = World(Task.RANKING, window="6h5m", segments=False)


@dataclass(frozen=True)
class Mutant:
    """A mistake in rules or groups, and the world in which it shows."""

    change: Change
    world: World
    course: Course = SHORT
    interval: str = "5m"
    """Of the records of five minutes."""

    def groups(self) -> list[Json]:
        """Make the rules with the mistake in them."""
        right = [group.to_dict() for group in quality.groups(self.world.scope, LINKS)]
        wrong = copy.deepcopy(right)
        wrong[0]["interval"] = self.interval
        for rule in (rule for group in wrong for rule in group["rules"]):
            self.change(self.world, rule)
        assert wrong != right, "it is no mutant"
        return wrong


def replaced(old: str, new: str, record: str, **labels: str) -> Change:
    """Replace a pattern in the records of a name that have these labels."""

    def change(world: World, rule: Json) -> None:
        name = re.sub(f"({world.window}|5m)$", "", rule["record"])
        if name == record and rule["labels"].items() >= labels.items():
            rule["expr"] = re.sub(old, new, rule["expr"], flags=re.DOTALL)

    return change


def _swap_sides(_: World, rule: Json) -> None:
    turned = {"fp": "fn", "fn": "fp"}
    which = rule["labels"].get("outcome", "")
    rule["labels"] |= {"outcome": turned[which]} if which in turned else {}


def _auc_of_replicas(world: World, rule: Json) -> None:
    if rule["labels"].get("metric") == "RocAuc" and rule["record"].startswith(names.QUALITY):
        each = replace(counts.over(world.scope, HOUR), keep=("pod",))
        rule["expr"] = f"avg by (class) ({scores.roc_auc(each)})"


def _no_ties(world: World, rule: Json) -> None:
    if rule["labels"].get("metric") == "RocAuc" and rule["record"].startswith(names.QUALITY):
        its = counts.by_segment(world.scope, HOUR)
        below = f"{scores.inside(its, 'true')} * {scores.lower(its, 'false')}"
        pairs = f"{scores.total(its, 'true')} * {scores.total(its, 'false')}"
        rule["expr"] = f"sum by (class, segment) ({below}) / ({pairs} > 0)"


def _unchanged(_: World, rule: Json) -> None:
    del rule


def in_metric(metric: str, old: str, new: str) -> Change:
    return replaced(old, new, names.QUALITY, metric=metric)


_OF_VERSIONS = f'avg without (version) ({names.VERSION_QUALITY}1h{{metric="Accuracy"}})'
_PREDICTED = "sum by (segment) (increase(modelmonitor_predictions_total[1h]))"
_WITHOUT = f'+ on () group_left () sum({names.QUALITY_SUMS}1h{{sum=~".*without.*"}}) > 0'
_OTHER = r',(actual|predicted)!="__other__"'
_CUT = r'"0\\\\.19999\d+"'
_SHIFT = r" - \(sum.*?\^ 2 / sum .*?\)(?= >)"

MUTANTS: dict[str, Mutant] = {
    "average of ratios": Mutant(in_metric("Accuracy", "^.*$", _OF_VERSIONS), MANY),
    "AUC averaged over replicas": Mutant(_auc_of_replicas, BINARY),
    "all predictions, not matured ones": Mutant(replaced("^.*$", _PREDICTED, names.QUALITY_ROWS), BINARY),
    "actual and predicted swapped": Mutant(_swap_sides, BINARY),
    "an undeclared class is correct": Mutant(in_metric("Accuracy", _OTHER, ""), MANY),
    "an undeclared class in means over classes": Mutant(replaced(_OTHER, "", names.OUTCOMES), MANY),
    "an undeclared class in no denominator": Mutant(
        replaced(r'version="",actual', 'version="",predicted!="__other__",actual', names.OUTCOMES), MANY
    ),
    "a class without rows has a rate": Mutant(in_metric("Recall", r" > 0\)", ")"), SAME),
    "weighted by what was predicted": Mutant(
        replaced("actual", "predicted", names.QUALITY, average="weighted"), MANY
    ),
    "the threshold itself is below it": Mutant(replaced(_CUT, r'"0\\\\.2"', names.SCORE_CELL), BINARY),
    "a threshold one cell too low": Mutant(replaced(_CUT, r'"0\\\\.1"', names.SCORE_CELL), BINARY),
    "no ties in the AUC": Mutant(_no_ties, BINARY),
    "no first cell": Mutant(replaced(" or 0 [*].*$", "", names.SCORES, edge="lower"), MANY),
    "the score of a cell is its upper edge": Mutant(
        replaced(r" \* on \(below\).*? \+ on", " * 2 * on", names.SCORE_CELL), MANY
    ),
    "versions counted twice": Mutant(replaced(',version=""', "", names.QUALITY_ROWS), BINARY),
    "segments added to everything": Mutant(
        replaced(r"predicted, segment\)", "predicted)", names.CONFUSION), BINARY
    ),
    "a rate of another denominator": Mutant(in_metric("FalsePositiveRate", "tn", "tp"), MANY),
    "RMSE of plain errors": Mutant(in_metric("RMSE", "squared_error_sum", "error_positive_sum"), NUMBERS),
    "R2 about the reference's mean": Mutant(in_metric("R2", _SHIFT, ""), NUMBERS),
    "MAPE over all rows": Mutant(
        in_metric("MAPE", "absolute_percentage_error_rows_total", "scored_total"), NUMBERS
    ),
    "the sum of maxima": Mutant(replaced("^max by", "sum by", names.LARGEST_ERROR), NUMBERS),
    "queries without a relevant item in means": Mutant(in_metric("MRR", "> 0", _WITHOUT), LISTS),
    "depths not told apart": Mutant(replaced(r"@\$1", "", names.QUALITY), LISTS),
    "five minutes recorded every minute": Mutant(_unchanged, LONG_AGO, replace(LONG, step=MINUTE), "1m"),
    "five minutes without one scrape more": Mutant(
        replaced(r"\[6m\]", "[5m]", names.QUALITY_SUMS), LONG_AGO, LONG
    ),
    "increase of recorded increments": Mutant(
        replaced("sum_over_time", "increase", names.QUALITY_SUMS), LONG_AGO, LONG
    ),
}
