"""Rules of quality with one mistake each, as they have been made elsewhere."""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from modelmonitor.api.duration import Duration
from modelmonitor.plan import names, quality
from modelmonitor.plan.quality import counts, scores
from promtool.pods import LINKS
from promtool.quality.comparing import LONG, SHORT, Course
from promtool.quality.judged import World
from promtool.runner import Json
from modelmonitor.wire.config import Task

HOUR = Duration.parse("1h")
Change = Callable[[World, Json], None]
BINARY, MANY, NUMBERS, LISTS = (World(task) for task in Task)
LONG_AGO = World(Task.RANKING, window="6h5m", segments=False)


def broken(world: World, change: Change) -> list[Json]:
    """Put a mistake into the rules of a world."""
    groups = [group.to_dict() for group in quality.groups(world.scope, LINKS)]
    wrong = copy.deepcopy(groups)
    for rule in (rule for group in wrong for rule in group["rules"]):
        change(world, rule)
    assert wrong != groups, "it is no mutant"
    return wrong


def replaced(old: str, new: str, record: str, **labels: str) -> Change:
    """Replace a pattern in the records of a name that have these labels."""

    def change(world: World, rule: Json) -> None:
        own = rule["labels"].items() >= labels.items()
        if own and rule["record"].removesuffix(world.window).removesuffix("5m") == record:
            rule["expr"] = re.sub(old, new, rule["expr"], flags=re.DOTALL)

    return change


def _swapped(_: World, rule: Json) -> None:
    turned = {"fp": "fn", "fn": "fp"}
    if rule["record"].startswith(names.OUTCOMES) and "outcome" in rule["labels"]:
        rule["labels"]["outcome"] = turned.get(rule["labels"]["outcome"], rule["labels"]["outcome"])


def _auc_of_replicas(world: World, rule: Json) -> None:
    if rule["labels"].get("metric") == "RocAuc" and rule["record"].startswith(names.QUALITY):
        each = replace(counts.over(world.scope, HOUR), keep=("pod", "segment"))
        rule["expr"] = f"avg by (class, segment) ({scores.roc_auc(each)})"
