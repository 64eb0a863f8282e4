"""What can be seen of rules without evaluating them; a check gives its complaint, empty when all is well."""

import re

from monitors import monitor, objective
from promtool import worlds
from promtool.runner import Json
from promtool.worlds import Rules


def everything_that_is_used_is_recorded(make: Rules) -> str:
    every = [rule for group in make(worlds.events()) for rule in group["rules"]]
    recorded = {rule.get("record") for rule in every}
    used = {name for rule in every for name in re.findall(r"slo:[a-zA-Z0-9_:]+", rule["expr"])}
    return f"never recorded: {sorted(used - recorded)}" if used - recorded else ""


def the_period_is_named_in_days(make: Rules) -> str:
    names = [rule.get("record") for group in make(worlds.events(window="28d")) for rule in group["rules"]]
    return "" if "slo:sli_error:ratio_rate28d" in names else "no record for 28d"


def increments_are_recorded_every_five_minutes(make: Rules) -> str:
    intervals = {group["name"]: group.get("interval") for group in make(worlds.events())}
    return "" if intervals.get("works-period") == "5m" else f"intervals {intervals}"


def groups_keep_their_names_when_others_come(make: Rules) -> str:
    """A renamed group forgets how long its alerts have waited."""
    works = objective("works", sli={"events": worlds.RATE})
    other = objective("another", sli={"events": worlds.RATE})

    def groups(*objectives: Json) -> dict[str, Json]:
        return {group["name"]: group for group in make(monitor(objectives=list(objectives)))}

    alone, together, turned = groups(works), groups(other, works), groups(works, other)
    moved = [
        name for name, group in alone.items() if together.get(name) != group or turned.get(name) != group
    ]
    return f"changed by a neighbour: {moved}" if moved or together != turned else ""


CHECKS = (
    everything_that_is_used_is_recorded,
    the_period_is_named_in_days,
    groups_keep_their_names_when_others_come,
    increments_are_recorded_every_five_minutes,
)
