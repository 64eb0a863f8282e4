"""The token of those who read along reaches the evaluator, and the model never waits for it."""

from dataclasses import replace

import pods
from modelmonitor import wire
from modelmonitor.plan import injection
from pods import PROXY


def test_a_secret_that_may_be_absent_is_mounted_and_told() -> None:
    wanted = replace(PROXY, reader_secret="churn-readers")
    after = injection.inject(pods.pod(), wanted, "1")
    (evaluator,) = (it for it in after["spec"]["initContainers"] if it["name"] == wire.EVALUATOR)
    assert "--reader-token-file=/etc/modelmonitor/readers/token" in evaluator["args"]
    (source,) = after["spec"]["volumes"][-1]["projected"]["sources"][-1:]
    assert source == {
        "secret": {
            "name": "churn-readers",
            "items": [{"key": "token", "path": "readers/token"}],
            "optional": True,
        }
    }
    assert wanted.hash != PROXY.hash


def test_without_one_nothing_is_told() -> None:
    after = injection.inject(pods.pod(), PROXY, "1")
    assert "readers" not in str(after)
