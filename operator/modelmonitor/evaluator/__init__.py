"""The evaluator beside a model: exact counters of predictions and truth, and no prediction harmed.

tee, ingest port ─▶ ingest (bytes → rows) ─▶ counters (live) ─▶ exposition ─▶ /metrics
└─▶ join (id → record, until mature) ─▶ counters (quality)
"""
