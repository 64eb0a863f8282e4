"""How often a verdict could not be given: silence for want of rows is not good news."""

from collections.abc import Iterable, Iterator

from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting.ordering import Step
from modelmonitor.cli.backtesting.server import Server, Span
from modelmonitor.plan import names
from modelmonitor.plan.rules import Recording

_SUBJECTS = {
    names.DRIFT_INSUFFICIENT: ("drift of {}", names.FEATURE),
    names.QUALITY_INSUFFICIENT: ("change of {}", names.METRIC),
}
_OFTEN = 0.01
_NAMED = 5


def notes(server: Server, steps: Iterable[Step], scrapes: Span) -> Iterator[str]:
    """Say of what there were too few rows, and in which share of all looks."""
    told = {
        (step.name, step.interval): (prefix, step.name.removeprefix(prefix))
        for step in steps
        if isinstance(step.rule, Recording)
        for prefix in _SUBJECTS
        if step.name.startswith(prefix)
    }
    for (record, interval), (prefix, window) in told.items():
        subject, label = _SUBJECTS[prefix]
        counted = f"max by ({label}) (count_over_time({record}[{_length(scrapes)}]))"
        looks = max((scrapes.end - scrapes.start) // interval.milliseconds, 1)
        shares = {
            labels.get(label, ""): count / looks
            for labels, count in server.at(counted, scrapes.end)
            if count / looks >= _OFTEN
        }
        if shares:
            few = sorted(shares, key=lambda name: (-shares[name], name))
            more = f" and {len(few) - _NAMED} more" if len(few) > _NAMED else ""
            about = subject.format(", ".join(few[:_NAMED]) + more)
            share = min(max(shares.values()), 1)
            yield f"too few rows in {window} to judge the {about}, in up to {share:.0%} of all looks"


def _length(scrapes: Span) -> str:
    return str(Duration(scrapes.end - scrapes.start + scrapes.step))
