"""Whether evaluators would count at all: over their budget of series they would be plain tees."""

from collections.abc import Iterator

from modelmonitor.api import ModelMonitor
from modelmonitor.errors import Problem
from modelmonitor.plan import evaluation
from modelmonitor.series import budget
from modelmonitor.wire.scheme import Scheme

FIELD, WITHOUT_CAPTURE = "spec.capture.maxSeries", "spec.model"
_BY_HAND = "`capture: {injection: None, maxSeries: …}`"
"""For evaluators that somebody runs: without `injection`, the model's pods would get another one."""
_LARGEST, _SAVINGS = 3, 5


def problems(monitor: ModelMonitor, scheme: Scheme | None) -> Iterator[Problem]:
    """Yield by how much the budget is exceeded, by what, and what could be left out.

    Parameters
    ----------
    scheme
        None where it is not known, for other reasons: then nothing can be said.
    """
    if scheme is None or not evaluation.is_evaluated(monitor):
        return
    series, most = budget.series(scheme), scheme.config.max_series
    if series <= most:
        return
    got = f"{series:,}, most of them {'; '.join(budget.arithmetic(scheme)[:_LARGEST])}"
    parts = [f"{one.what} ({one.series:,} series)" for one in budget.savings(scheme)[:_SAVINGS]]
    fewer = f"leave out some of: {', '.join(parts)}; or " if parts else ""
    path, more = (
        (FIELD, "allow more") if monitor.spec.capture else (WITHOUT_CAPTURE, f"allow more by {_BY_HAND}")
    )
    yield Problem(path, f"at most {most:,} series a pod of the evaluator", got, f"{fewer}{more}")
