"""Recorded predictions, replayed through the evaluator's counters and the rules of a monitor.

`recording` reads them in the order of their times, `simulation` counts them as an evaluator would, `storing`
writes what scrapes would have shown into a real Prometheus (`server`), `ordering` and `evaluation` bring the
rules to all moments of the past, `alerting` holds what they say long enough, `rendering` writes the texts of
alerts, `curves` asks for what is worth drawing, and `report`, `text` and `page` tell what came of it.
"""
