"""Tell the evaluator beside a model what the model predicts, from within the model's own code.

    from modelmonitor.client import Monitor

    monitor = Monitor()                        # the evaluator of the same pod

    @monitor.watch()                           # the first argument and what is returned, sync or async
    def predict(features): ...

    monitor.observe({"age": 41, "plan": "pro"}, prediction="churn", score=0.83, id="8d2f")
    monitor.label("8d2f", "churn")             # when the truth is known

Nothing here makes a prediction wait or fail: values are copied, a thread sends them, what cannot be sent
is dropped and counted in `monitor.dropped`, and a warning in the log `modelmonitor.client` says so at most
once a minute. Only the standard library is imported.
"""

from modelmonitor.client.monitor import Monitor

__all__ = ["Monitor"]
