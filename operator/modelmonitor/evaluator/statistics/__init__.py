"""`/v1/stats`: what the counters say, for people; computed when somebody asks."""

from modelmonitor.evaluator.statistics.documents import document, gradually

__all__ = ["document", "gradually"]
