"""Whether values are surely missing, out of range, unseen or invalid more often than tolerated.

What is tolerated comes on top of the reference's own share. Both shares are estimates, with exact limits (see
`stats.intervals`): the judgement is the lower limit of their difference. Missing and invalid are shares of
all rows, unseen and out of range of those with a value.
"""

from collections.abc import Callable, Iterator

from modelmonitor.api.quality import DataQuality
from modelmonitor.plan import alarms, increments, judgement, limits, names, promql
from modelmonitor.plan.alarms import Alarm
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.drift import budget
from modelmonitor.plan.increments import Count
from modelmonitor.plan.rules import Alert, Group, Recording, Rule
from modelmonitor.plan.scope import Scope
from modelmonitor.wire import families
from modelmonitor.wire.names import OTHER

MISSING, OUT_OF_RANGE, UNSEEN, INVALID = "missing", "outOfRange", "unseen", "invalid"
FLAWS_OF_A_COLUMN = 3
"""Missing, invalid, and unseen or out of range."""


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups: what is counted in steps of five minutes for long windows, and the judgement."""
    asked = scope.monitor.spec.data_quality
    if asked is None or not scope.scheme.watched:
        return []
    counts = _counts(scope)
    rules: tuple[Rule, ...] = (*_recordings(scope, asked, counts), _alert(scope, links, asked))
    return [
        *increments.steps(scope, "data-quality-steps", counts, [asked.window]),
        Group("data-quality", rules, budget.interval(asked.window)),
    ]


def _counts(scope: Scope) -> tuple[Count, Count]:
    """Count flawed rows, and the rows that could have the flaw."""

    def increase(selector: str) -> Callable[[str], str]:
        return lambda reach: f"sum by ({names.FEATURE}) (increase({selector}{reach}))"

    missing = increase(scope.counted(families.FEATURE_MISSING))
    invalid = increase(scope.counted(families.FEATURE_INVALID))
    beyond = increase(scope.counted(families.FEATURE_RANGE))
    unseen = increase(scope.counted(families.FEATURE_CATEGORY, category=OTHER))
    numbers = increase(scope.counted(families.FEATURE_VALUE, "_bucket", le="+Inf"))
    categories = increase(scope.counted(families.FEATURE_CATEGORY))

    def flawed(reach: str) -> str:
        found = {MISSING: missing, OUT_OF_RANGE: beyond, UNSEEN: unseen, INVALID: invalid}
        return _by_flaw({flaw: it(reach) for flaw, it in found.items()})

    def rows(reach: str) -> str:
        everything = f"{missing(reach)} + ({numbers(reach)} or {categories(reach)})"
        of_values = {OUT_OF_RANGE: numbers(reach), UNSEEN: categories(reach)}
        return _by_flaw({MISSING: everything, **of_values, INVALID: everything})

    return Count(names.FLAWED, flawed), Count(names.FLAW_ROWS, rows)


def _by_flaw(exprs: dict[str, str]) -> str:
    named = (f'label_replace({expr}, "{names.FLAW}", "{flaw}", "", "")' for flaw, expr in exprs.items())
    return "\nor ".join(named)


def _recordings(scope: Scope, asked: DataQuality, counts: tuple[Count, Count]) -> Iterator[Recording]:
    """Record counts, shares, those of the reference, and how many times too large they surely are."""

    def recording(record: str, expr: str) -> Recording:
        return Recording(f"{record}{asked.window}", expr, scope.identity)

    def share(flawed: str, rows: str) -> str:
        flawed, rows = (scope.recorded(f"{it}{asked.window}") for it in (flawed, rows))
        return f"{flawed} / ({rows} > 0)"

    for count in counts:
        yield recording(count.record, increments.over(scope, count, asked.window))
    flawed, rows = _of_reference(scope)
    yield recording(names.REFERENCE_FLAWED, flawed)
    yield recording(names.REFERENCE_FLAW_ROWS, rows)
    yield recording(names.FLAW_SHARE, share(names.FLAWED, names.FLAW_ROWS))
    yield recording(names.REFERENCE_FLAW_SHARE, share(names.REFERENCE_FLAWED, names.REFERENCE_FLAW_ROWS))
    yield recording(names.DATA_QUALITY, _excess(scope, asked))


def _of_reference(scope: Scope) -> tuple[str, str]:
    """Return the same counts of the reference, which has no row out of its own range, and none invalid."""

    def rows(*matchers: str) -> str:
        selector = scope.counted(families.REFERENCE_COUNT)
        chosen = ",".join([selector.removesuffix("}"), *matchers])
        return f"sum by ({names.FEATURE}) (max by ({names.FEATURE}, {names.CELL}) ({chosen}}}))"

    everything, values = rows(), rows(f'{names.CELL}!="{MISSING}"')
    flawed = {
        MISSING: rows(f'{names.CELL}="{MISSING}"'),
        OUT_OF_RANGE: f"0 * {values}",
        UNSEEN: rows(f'{names.CELL}="c:{OTHER}"'),
        INVALID: f"0 * {values}",
    }
    of = {MISSING: everything, OUT_OF_RANGE: values, UNSEEN: values, INVALID: everything}
    return _by_flaw(flawed), _by_flaw(of)


def _excess(scope: Scope, asked: DataQuality) -> str:
    """Return the lower limit of the difference of the shares over what is tolerated of it.

    The next row may well be out of the range of all before, and its limit says how well. What is invalid was
    not counted in the reference, and is held against what is tolerated alone.
    """
    looks = budget.interval(asked.window)
    z = limits.quantile(judgement.level(scope, FLAWS_OF_A_COLUMN * len(scope.scheme.watched), looks))

    def recorded(record: str, *matchers: str) -> str:
        return ",".join([scope.recorded(f"{record}{asked.window}").removesuffix("}"), *matchers]) + "}"

    flawed, rows, share = map(recorded, (names.FLAWED, names.FLAW_ROWS, names.FLAW_SHARE))
    known = recorded(names.REFERENCE_FLAW_SHARE)
    counted = f'{names.FLAW}!="{INVALID}"'
    of, its = (recorded(it, counted) for it in (names.REFERENCE_FLAW_ROWS, names.REFERENCE_FLAWED))
    its_high = f"1 - {limits.exact_low(f'({of} - {its})', its, z)}"
    down = f"{share} - {limits.exact_low(flawed, f'({rows} - {flawed})', z)}"
    up = f"(({its_high}) - {known} or {known})"
    tolerated = {
        MISSING: asked.missing,
        OUT_OF_RANGE: asked.out_of_range,
        UNSEEN: asked.unseen,
        INVALID: asked.invalid,
    }
    each = _by_flaw({flaw: f"vector({promql.number(it)})" for flaw, it in tolerated.items()})
    sure = f"clamp_min({share} - {known} - sqrt(({down}) ^ 2 + {up} ^ 2), 0)"
    return f"{sure}\n/ on ({names.FLAW}) group_left () (\n{each})"


def _alert(scope: Scope, links: Links, asked: DataQuality) -> Alert:
    window = asked.window
    bad = f"{scope.recorded(f'{names.DATA_QUALITY}{window}')} > 1"

    def of_this(record: str) -> str:
        one = scope.recorded(f"{record}{window}").removesuffix("}")
        query = f"`{one},{names.FEATURE}=%q,{names.FLAW}=%q}}`"
        answer = f"printf {query} $one.Labels.{names.FEATURE} $one.Labels.{names.FLAW} | query"
        return f"{{{{ with {answer} }}}}{{{{ . | first | value | humanizePercentage }}}}{{{{ end }}}}"

    worst = (
        f"{{{{ range $one := query `sort_desc(topk(5, {bad}))` }}}}"
        f"\n- {{{{ $one.Labels.{names.FEATURE} }}}}: {{{{ $one.Labels.{names.FLAW} }}}} in "
        f"{of_this(names.FLAW_SHARE)} (of the reference: {of_this(names.REFERENCE_FLAW_SHARE)}), "
        "surely {{ $one.Value | humanize }} times what is tolerated beyond that{{ end }}"
    )
    alarm = Alarm(
        names.DATA_QUALITY_ALERT,
        asked.severity,
        f"count({bad})",
        "values are flawed more often than tolerated",
        f"Flaws that are surely more frequent over the last {window} than tolerated: "
        f"{{{{ $value | humanize }}}}. The worst:{worst}",
        keep=judgement.KEEP,
    )
    return alarms.alert(scope, links, alarm)
