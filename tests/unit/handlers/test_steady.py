"""The webhook is relied upon only after it has been well for a while."""

from modelmonitor.handlers.targets.steady import SECONDS, Steady


def test_a_webhook_is_steady_some_seconds_after_its_last_complaint() -> None:
    said, now = ["the certificate has expired"], [0.0]
    steady = Steady(lambda: said[0], lambda: now[0])
    assert steady() == "the certificate has expired"
    said[0] = ""
    assert "just" in steady()
    now[0] += SECONDS
    assert steady() == ""
    said[0] = "nobody answers"
    assert steady() == "nobody answers"
    said[0], now[0] = "", now[0] + SECONDS
    assert steady(), "it begins anew"
