"""Whether pods have an evaluator, whether it keeps models from starting, whether it can read."""

from modelmonitor.api.status import Condition, ConditionStatus, EvaluatorsStatus
from modelmonitor.decide.halt import HALTS
from modelmonitor.report import evaluators
from modelmonitor.report.outcome import Evidence, Outcome
from modelmonitor.report.verdict import Verdict, false, silent, true, unknown

_STATUS = {True: ConditionStatus.TRUE, False: ConditionStatus.FALSE, None: ConditionStatus.UNKNOWN}


def status(outcome: Outcome) -> EvaluatorsStatus | None:
    """Return how many pods have an evaluator; None where the spec captures nothing."""
    if not outcome.pods.asked:
        return None
    found = outcome.pods.coverage
    return EvaluatorsStatus(injected=found.injected, pods=found.pods, evicted_at=outcome.pods.evicted_at)


def injected(outcome: Outcome) -> Verdict:
    """Judge whether the pods of the target have their evaluators."""
    found = outcome.pods.coverage
    return Verdict(_STATUS[found.good], found.reason, found.message)


def failing(outcome: Outcome) -> Verdict:
    """Judge whether evaluators fail: first those that keep models from starting, then those that count."""
    halt = outcome.pods.halt
    if halt is None:
        return evaluators.failing(outcome)
    return true(
        halt.reason,
        f"{halt.message}; models start without an evaluator until its image or this monitor is changed, or "
        "for an hour",
    )


def still_failing(outcome: Outcome, before: Condition | None) -> Verdict | None:
    """Judge the same of a monitor that is not acted upon; None: nothing was seen, so what was told stays.

    A halt that was told and is over does not stay.
    """
    if outcome.pods.failure is not None:
        return None
    if outcome.pods.halt is not None:
        return failing(outcome)
    was_halted = before is not None and before.reason in HALTS
    if outcome.asked.evaluators and (was_halted or isinstance(outcome.prometheus, Evidence)):
        return failing(outcome)
    return unknown("NotSeen", "no evaluator keeps a model from starting any more") if was_halted else None


def encrypted(outcome: Outcome) -> Verdict:
    """Judge whether callers speak TLS to the model, which no evaluator can read; bad when it is true."""
    if not outcome.asked.proxied:
        return false("NotAsked", "no evaluator reads what passes to the model")
    if not isinstance(outcome.prometheus, Evidence):
        return silent(outcome.prometheus)
    counted = outcome.counted
    if counted.encrypted:
        return true(
            "TlsToModel",
            "callers opened TLS connections to the model within the last 15 minutes, which pass unread; end "
            "TLS before the pods (Ingress, mesh), or choose capture.mode CloudEvents or Sdk",
        )
    if not counted.evaluators:
        return unknown("NotSeen", "Prometheus scrapes no evaluator of this monitor")
    return false("Readable", "no TLS connection was seen within the last 15 minutes")
