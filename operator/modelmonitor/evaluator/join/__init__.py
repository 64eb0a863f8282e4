"""Predictions wait here for their truth, and are handed on exactly once, when their maturity has passed.

predictions ─▶ buffer ─▶ store (memory or redis) ─▶ cohort ─▶ counters (quality)
labels ──────────────────▲ marks what waits
"""

from modelmonitor.evaluator.join.join import Join

__all__ = ["Join"]
