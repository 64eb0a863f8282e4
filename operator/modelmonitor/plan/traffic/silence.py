"""Silence where there always is traffic, and requests of which none can be read as a prediction.

A quiet night is no silence: what is usual is what the least of all windows held in the two hours around this
time a week ago; in the first week, a day ago. So a window speaks only where all its likes were busy, whatever
the rhythm of day and week, and no change of the clock by an hour disturbs it. Short windows notice soon where
there is much traffic, long ones late where there is little.
"""

from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Severity
from modelmonitor.plan import alarms, names
from modelmonitor.plan.alarms import Alarm
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.counted import narrowed
from modelmonitor.plan.rules import Alert, Recording
from modelmonitor.plan.scope import FIVE_MINUTES, Scope
from modelmonitor.wire import families

WINDOWS = tuple(map(Duration.parse, ("15m", "3h", "1d")))
LEAST = 20
"""Predictions that each window of the past, or requests that the present one must hold: 0 in place of 20
is no chance."""
AROUND, LAST_WEEK, YESTERDAY, WEEK = "2h", "6d23h", "23h", "7d"
"""Two hours around a week ago end an hour less than a week ago."""
_LEAST_LOOKS = 20
"""Of the 24 looks of two hours; fewer: there was no pod for a while, so that nothing is usual."""
HOLD = Duration.parse("10m")
"""Shorter is not restored after a restart of Prometheus."""


def recordings(scope: Scope) -> tuple[Recording, ...]:
    """Record how much was predicted in five minutes, and over each window that was seen nearly whole.

    Five minutes and one scrape: a range is open on its left, and one prediction alone ends a silence.
    """
    reach = Duration(FIVE_MINUTES.milliseconds + scope.scrape_interval.milliseconds)
    lately = Recording(names.PREDICTED_LATELY, _predicted(scope, reach), scope.identity)
    return (lately, *(_counted(scope, window) for window in WINDOWS))


def alert(scope: Scope, links: Links) -> Alert:
    """Fire in a silence that is not usual, while a pod is there; or when no request becomes a prediction."""
    counted = scope.recorded(names.PREDICTED)
    silent = f"max(({_usual(counted)}) >= {LEAST} and {counted} == 0)"
    expr = f"{silent} and on () {scope.recorded(names.PREDICTED_LATELY)}\nor {_unread(scope)}"
    alarm = Alarm(
        names.NO_PREDICTIONS_ALERT,
        Severity.WARNING,
        expr,
        "no predictions",
        _description(scope),
        HOLD,
    )
    return alarms.alert(scope, links, alarm)


def _counted(scope: Scope, window: Duration) -> Recording:
    """Sum a window up; not where Prometheus or all pods were away for more than a tenth of it."""
    series = f"{scope.recorded(names.PREDICTED_LATELY)}[{window}]"
    looks = window.milliseconds // FIVE_MINUTES.milliseconds * 9 // 10
    expr = f"sum_over_time({series}) and count_over_time({series}) >= {looks}"
    return Recording(names.PREDICTED, expr, {**scope.identity, names.OVER: str(window)})


def _usual(counted: str) -> str:
    """Give the least window of last week; 0 if there was none though we were there; else yesterday's."""
    return (
        f"{_least(counted, LAST_WEEK)}\n  or 0 * count_over_time({counted}[{WEEK}] offset {WEEK})"
        f"\n  or {_least(counted, YESTERDAY)}"
    )


def _least(counted: str, offset: str) -> str:
    past = f"{counted}[{AROUND}] offset {offset}"
    return f"(min_over_time({past}) and count_over_time({past}) >= {_LEAST_LOOKS})"


def _unread(scope: Scope) -> str:
    window, good = WINDOWS[0], 'outcome="ok"'
    answered = f"sum(increase({narrowed(scope.counted(families.REQUESTS), good)}[{window}]))"
    return f"({answered} >= {LEAST} unless on () {_predicted(scope, window)} > 0)"


def _predicted(scope: Scope, window: Duration) -> str:
    return f"sum(increase({scope.counted(families.PREDICTIONS)}[{window}]))"


def _description(scope: Scope) -> str:
    requests = f"query `{scope.recorded(names.REQUEST_RATE)} > 0`"
    lost = f"query `topk(1, {scope.recorded(names.LOST_SHARE)})`"
    return (
        f"No prediction was counted for {WINDOWS[0]} or longer. {{{{ with {requests} }}}}"
        "Requests do come ({{ . | first | value | humanize }} a second), and none is read as a prediction"
        f'{{{{ with {lost} }}}}; most often because: {{{{ . | first | label "reason" }}}}{{{{ end }}}}.'
        "{{ else }}Pods are there and nobody asks, though around this time last week (of a younger monitor: "
        "yesterday) there always were predictions, {{ $value | humanize }} at the least.{{ end }}"
    )
