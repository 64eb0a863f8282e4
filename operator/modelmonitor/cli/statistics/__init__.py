"""`modelmonitor stats`: what an evaluator has counted, as tables."""
