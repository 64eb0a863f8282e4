"""The two alerts: what the model answers has drifted, or what it is asked. One each for a whole monitor."""

from modelmonitor.api.drift import DriftOn
from modelmonitor.api.duration import Duration
from modelmonitor.plan import alarms, names
from modelmonitor.plan.alarms import Alarm
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.drift.look import Look, narrowed
from modelmonitor.plan.rules import Alert

WORST = 5
LONGEST_KEPT = Duration.parse("1d")

_OUTPUTS = (
    "What the model answers has changed: either what it is asked has, or the model itself. It does not say "
    "that answers are wrong: quality tells that once labels are there."
)
_INPUTS = (
    "What the model is asked has changed. It does not say that answers are worse: look at "
    "ModelPredictionDrift and at quality."
)


def alert(look: Look, links: Links, on: DriftOn) -> Alert:
    """Fire while anything of this kind is surely further away than tolerated.

    A firing alert is kept for a window (at most a day): as long as a look shares rows with one that alarmed,
    a distance that falls below its critical value for a moment is no end of the drift.
    """
    prediction = on is DriftOn.PREDICTION
    asked = look.drift.prediction if prediction else look.drift.features
    excess = look.of(names.DRIFT_EXCESS, f'{names.ON}="{on.value}"')
    than = "the same hours a week ago" if look.with_last_week else "the reference"
    what, meaning = ("predictions", _OUTPUTS) if prediction else ("features", _INPUTS)
    alarm = Alarm(
        alert=names.PREDICTION_DRIFT_ALERT if prediction else names.FEATURE_DRIFT_ALERT,
        severity=asked.severity,
        expr=f"max({excess}) > 1",
        summary=f"{what} have surely drifted from {than}",
        description=f"Over the last {look.window}, compared with {than}: {_worst(look, excess)}. {meaning}",
        keep=min(look.window, LONGEST_KEPT),
    )
    return alarms.alert(look.scope, links, alarm)


def _worst(look: Look, excess: str) -> str:
    """List the worst in a template; a number that is gone is left out."""
    both = (names.FEATURE, names.STATISTIC)
    distance, tolerated, critical = (
        _asked(series, both, "%.3g")
        for series in (look.of(names.DRIFT_DISTANCE), look.tolerance(), look.of(names.DRIFT_CRITICAL))
    )
    rows = _asked(look.rows, (names.FEATURE,), "%.0f rows")
    return (
        f"{{{{ range $place, $it := query `sort_desc(topk({WORST}, {excess} > 1))` }}}}"
        "{{ if $place }}; {{ end }}{{ $it.Labels.feature | printf `%q` }}: {{ $it.Labels.statistic }} "
        f"{distance}, tolerated {tolerated}, critical {critical}, {rows}{{{{ end }}}}"
    )


def _asked(series: str, labels: tuple[str, ...], form: str) -> str:
    """Ask for the series of the one that is listed; Go's raw strings need no escapes."""
    selector = narrowed(series, *(f"{label}=%q" for label in labels))
    values = " ".join(f"$it.Labels.{label}" for label in labels)
    value = f"{{{{ . | first | value | printf `{form}` }}}}"
    return f"{{{{ with printf `{selector}` {values} | query }}}}{value}{{{{ end }}}}"
