"""What a monitor wants to be added to its pods."""

from modelmonitor.api import ModelMonitor, capture
from modelmonitor.plan import names
from modelmonitor.plan.settings import Settings
from modelmonitor.wire.config import Mode
from modelmonitor.wire.injection import Injection


def injection(monitor: ModelMonitor, settings: Settings, stopped: str = "") -> Injection | None:
    """Describe the evaluator of a monitor's pods; None where the operator adds none.

    Parameters
    ----------
    stopped
        Why pods get no evaluator for now.
    """
    wanted = monitor.spec.capture
    if wanted is None or wanted.injection is capture.Injection.NONE or not settings.evaluator_image:
        return None
    return described(monitor, settings, stopped)


def described(monitor: ModelMonitor, settings: Settings, stopped: str = "") -> Injection:
    """Describe the evaluator of a monitor that captures, whoever adds it."""
    wanted = monitor.spec.capture or capture.Capture()
    reference, labels = monitor.spec.reference, monitor.spec.labels
    return Injection(
        monitor=monitor.name,
        image=settings.evaluator_image,
        pull_policy=settings.evaluator_pull_policy,
        mode=wanted.mode,
        port=wanted.port if wanted.mode is Mode.PROXY else "",
        requests=dict(wanted.resources.requests),
        limits=dict(wanted.resources.limits),
        config_map=names.config_object(monitor),
        reference=reference.config_map_ref.name if reference else "",
        redis_secret=labels.store.redis.secret_ref.name if labels and labels.store else "",
        token_secret=labels.token_secret_ref.name if labels and labels.token_secret_ref else "",
        reader_secret=wanted.token_secret_ref.name if wanted.token_secret_ref else "",
        stopped=stopped,
    )
