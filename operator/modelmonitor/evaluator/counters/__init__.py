"""What the evaluator counts: exact, additive, and the same whichever replica counts it."""

from modelmonitor.evaluator.counters.counting import Counters

__all__ = ["Counters"]
