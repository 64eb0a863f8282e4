"""`modelmonitor correlate`: whether business goes with what is told of a model.

`questions` says which series are looked at, `asking` gets them from a Prometheus, `finding` judges all pairs
together, and `text`, `document` and `page` tell what came of it.
"""
