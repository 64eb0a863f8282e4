"""Unit tests for promtool of a user's own monitor: when each of their alerts fires, and when it does not.

`promtool test rules` feeds raw series to the rules and looks at the alerts. The series are made from the
user's queries (`rehearsal`), the moments come from the closed form (`oracle`): what is tested, the rules,
has no part in what it is tested against.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Any

from modelmonitor.api import ModelMonitor
from modelmonitor.plan import names, objectives, oracle, promql
from modelmonitor.plan.alerts import ABSENT_FOR
from modelmonitor.plan.burnrate import Pair
from modelmonitor.plan.oracle import Counting, Forecast, Outage
from modelmonitor.plan.rehearsal import Phase, Rehearsal
from modelmonitor.plan.rehearsal_of_counters import rehearsed
from modelmonitor.plan.slo import Slo
from modelmonitor.plan.synthesis import NotSynthesised
from modelmonitor.wire.profile import Profile

Document = dict[str, Any]

MOST_EVALUATIONS = 9_000
"""In one long window: promtool refuses a query over more than 10,000 samples."""
_STEPS = (60, 30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1)
_RARELY = 12
_OUTAGES = tuple(Fraction(percent, 100) for percent in range(100, 0, -1))
_JUST_BELOW = Fraction(98, 100)


@dataclass(frozen=True, slots=True)
class UnitTests:
    """A file of unit tests, and what it leaves out.

    Attributes
    ----------
    document
        What `promtool test rules` reads; `rule_files` names the rules' file as if it lay beside.
    skipped
        What is not tested and why, a sentence each.
    tested
        The objectives that are tested, in their order: no rules but theirs are needed.
    """

    document: Document
    skipped: tuple[str, ...]
    tested: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Subject:
    """One objective, its series, and the outage in which each of its pairs fires."""

    slo: Slo
    rehearsal: Rehearsal
    pairs: tuple[Pair, ...]
    outage: Outage

    def forecast(self, pair: Pair) -> Forecast:
        return oracle.forecast(pair, _threshold(self.slo, pair), self.outage)

    @property
    def events(self) -> int:
        """So many events with each sample that the guard is met at once and thresholds are whole numbers."""
        guards = max(self.slo.least_events(pair) for pair in self.pairs)
        resolution = max(ceil(100 / _threshold(self.slo, pair)) for pair in self.pairs)
        return int(10 ** len(str(max(guards, resolution, 999))))

    def meets(self, other: "_Subject") -> bool:
        """Tell whether either objective counts the series of the other one."""
        return any(
            selection.matches(series)
            for one, two in ((self, other), (other, self))
            for selection in one.rehearsal.selections()
            for series in two.rehearsal.identities()
        )


def unit_tests(monitor: ModelMonitor, profile: Profile | None = None) -> UnitTests:
    """Write unit tests for the rules of a monitor.

    For each objective: every alert fires at the evaluation that the closed form says and not one before,
    every alert stays silent just below its threshold, and without traffic nothing burns, but absence is told.

    Parameters
    ----------
    profile
        The reference that the monitor names.

    Raises
    ------
    SpecInvalid
        If the monitor cannot be planned.
    """
    planned = objectives(monitor, profile)
    skipped: list[str] = []
    step = _step(planned)
    subjects = [subject for slo in planned for subject in _subject(slo, step, skipped)]
    tests = [test for group in _apart(subjects) for test in _tests(group, step)]
    document = {
        "rule_files": [f"{monitor.namespace}.{monitor.name}.rules.yaml"],
        "evaluation_interval": _time(step),
        "tests": tests,
    }
    return UnitTests(document, tuple(skipped), tuple(subject.slo.objective.name for subject in subjects))


def _step(planned: Iterable[Slo]) -> Fraction:
    """Return the longest step between evaluations that divides every short window into four or more."""
    shorts = [pair.short.exact_seconds for slo in planned for pair in slo.pairs]
    fitting = (step for step in _STEPS if all(short % step == 0 and short >= 4 * step for short in shorts))
    return Fraction(next(fitting, 1))


def _subject(slo: Slo, step: Fraction, skipped: list[str]) -> Iterator[_Subject]:
    """Yield what is tested of an objective, if anything; say what is not."""
    name = slo.objective.name
    testable = tuple(pair for pair in slo.pairs if pair.long.exact_seconds / step <= MOST_EVALUATIONS)
    skipped += [
        f"{name}, {pair.name}: {pair.long} at {_time(step)} an evaluation is more than promtool can look at"
        for pair in slo.pairs
        if pair not in testable
    ]
    try:
        made = rehearsed(slo)
        if testable:
            yield _Subject(slo, made, testable, _outage(slo, made, testable, step))
    except NotSynthesised as reason:
        skipped.append(f"{name}: no series could be made for its queries: {reason}")


def _outage(slo: Slo, made: Rehearsal, pairs: Sequence[Pair], step: Fraction) -> Outage:
    """Choose the worst outage in which no pair's moment is decided by rounding."""
    for ratio in _OUTAGES if made.any_ratio else _OUTAGES[:1]:
        outage = Outage(ratio, step, made.counting)
        forecasts = [oracle.forecast(pair, _threshold(slo, pair), outage) for pair in pairs]
        exact = made.counting is Counting.SAMPLES or not any(it.tied for it in forecasts)
        if exact and all(it.firing is not None for it in forecasts):
            return outage
    raise NotSynthesised("in every outage, rounding decides about the minute of some alert")


def _threshold(slo: Slo, pair: Pair) -> Fraction:
    """Return the threshold as the rule writes it, to 15 digits."""
    return Fraction(promql.number(pair.threshold(slo.budget)))


def _apart(subjects: Iterable[_Subject]) -> list[list[_Subject]]:
    """Put objectives that do not count each other's series together: one timeline serves them all."""
    groups: list[list[_Subject]] = []
    for subject in subjects:
        free = (group for group in groups if not any(subject.meets(other) for other in group))
        group = next(free, None)
        if group is None:
            groups.append([subject])
        else:
            group.append(subject)
    return groups


def _tests(group: Sequence[_Subject], step: Fraction) -> Iterator[Document]:
    for sampling, part in _timelines(group, step):
        yield _all_fire(part, sampling, step)
    for number in range(max(len(subject.pairs) for subject in group)):
        yield _just_below(group, number, step)
    yield _no_traffic(group, step)


def _timelines(group: Sequence[_Subject], step: Fraction) -> Iterator[tuple[Fraction, list[_Subject]]]:
    """Sample days of history more rarely where windows allow it: promtool needs a tenth of the time."""
    rarely = _RARELY * step
    slow = {number: part for number, one in enumerate(group) if (part := _slow(one, rarely))}
    quick = [
        replace(one, pairs=tuple(pair for pair in one.pairs if pair not in taken))
        for number, one in enumerate(group)
        for taken in [slow[number].pairs if number in slow else ()]
    ]
    timelines = ((step, [it for it in quick if it.pairs]), (rarely, [*slow.values()]))
    return ((sampling, part) for sampling, part in timelines if part)


def _slow(subject: _Subject, rarely: Fraction) -> _Subject | None:
    """Return the objective with those of its pairs whose windows hold enough rare samples, if any."""
    pairs = tuple(
        pair
        for pair in subject.pairs
        if pair.short.exact_seconds >= 4 * rarely
        and not pair.short.exact_seconds % rarely
        and not pair.hold.exact_seconds % rarely
    )
    if not pairs or subject.rehearsal.counting is not Counting.RUNNING:
        return None
    try:
        outage = _outage(subject.slo, subject.rehearsal, pairs, rarely)
    except NotSynthesised:
        return None
    return replace(subject, pairs=pairs, outage=outage)


def _all_fire(group: Sequence[_Subject], sampling: Fraction, step: Fraction) -> Document:
    """After a clean history, events are bad without end: each alert fires when the closed form says."""
    clean = max(ceil(pair.long.exact_seconds / sampling) for it in group for pair in it.pairs) + 3
    asks: list[Document] = []
    last = Fraction(0)
    for subject in group:
        for pair in subject.pairs:
            firing = (clean - 1) * sampling + (subject.forecast(pair).firing or 0)
            last = max(last, firing)
            asks += [_ask(_firing(subject, pair), firing - step), _fires(subject, pair, firing)]
    series: dict[str, str] = {}
    for subject in group:
        bad = Phase(ceil(last / sampling) - clean + 1, subject.events, subject.outage.ratio)
        series |= subject.rehearsal.series([Phase(clean, subject.events), bad])
    return _test("each alert fires on time in an outage", group, series, asks, sampling)


def _just_below(group: Sequence[_Subject], number: int, step: Fraction) -> Document:
    """Events are bad at a rate just below what one pair tolerates: it does not even wait."""
    tested = [it for it in group if number < len(it.pairs)]
    samples = max(ceil(it.pairs[number].hold.exact_seconds / step) for it in tested) + 10
    series: dict[str, str] = {}
    asks: list[Document] = []
    for subject in tested:
        pair = subject.pairs[number]
        ratio = _threshold(subject.slo, pair) * _JUST_BELOW
        series |= subject.rehearsal.series([Phase(samples, subject.events, ratio)])
        asks.append(_ever(_burning(subject, pair), (samples - 1) * step))
    about = f"just below its threshold {tested[0].pairs[number].name} stays silent"
    return _test(about, tested, series, asks, step)


def _no_traffic(group: Sequence[_Subject], step: Fraction) -> Document:
    """Nothing happens for ten minutes, then nothing is measured: only the absence is an alert."""
    samples = ceil(Fraction(600) / step)
    series: dict[str, str] = {}
    asks: list[Document] = []
    for subject in group:
        series |= subject.rehearsal.series([Phase(samples, 0)])
        gone = (samples - 1) * step + subject.rehearsal.absent_after(step)
        absent = (ceil(gone / step) + ceil(ABSENT_FOR.exact_seconds / step)) * step
        labels = {**subject.slo.identity, names.SEVERITY: "warning"}
        expr = _alerts(names.ABSENT_ALERT, alertstate="firing", slo_id=subject.slo.identity[names.SLO_ID])
        fires = _alerts(names.ABSENT_ALERT, alertstate="firing", **labels)
        asks += [_ask(expr, absent - step), _ask(expr, absent, fires), _ever(_burning(subject), absent)]
    return _test("without traffic nothing burns, without samples absence is told", group, series, asks, step)


def _fires(subject: _Subject, pair: Pair, at: Fraction) -> Document:
    own = {names.SEVERITY: pair.severity.value, names.PAIR: pair.name}
    labels = {**subject.rehearsal.grouping, **subject.slo.identity, **own}
    return _ask(_firing(subject, pair), at, _alerts(names.BURN_ALERT, alertstate="firing", **labels))


def _firing(subject: _Subject, pair: Pair) -> str:
    return _burning(subject, pair).removesuffix("}") + ',alertstate="firing"}'


def _burning(subject: _Subject, pair: Pair | None = None) -> str:
    own = {names.PAIR: pair.name} if pair else {}
    return _alerts(names.BURN_ALERT, slo_id=subject.slo.identity[names.SLO_ID], **own)


def _alerts(name: str, **labels: str) -> str:
    return promql.selector("ALERTS", {"alertname": name, **labels})


def _ever(alerts: str, until: Fraction) -> Document:
    return _ask(f"count_over_time({alerts}[{_time(until + 1)}])", until)


def _ask(expr: str, at: Fraction, *expected: str) -> Document:
    samples = [{"labels": labels, "value": 1} for labels in expected]
    return {"expr": expr, "eval_time": _time(at), "exp_samples": samples}


def _test(
    about: str, group: Sequence[_Subject], series: dict[str, str], asks: list[Document], sampling: Fraction
) -> Document:
    tested = ", ".join(subject.slo.objective.name for subject in group)
    return {
        "name": f"{tested}: {about}",
        "interval": _time(sampling),
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": asks,
    }


def _time(seconds: Fraction) -> str:
    return f"{promql.number(seconds)}s"
