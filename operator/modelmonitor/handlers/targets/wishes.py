"""What a spec wishes for the pods of its target, worth remembering while nothing changes."""

import functools
from dataclasses import dataclass, replace

from modelmonitor import api, plan
from modelmonitor.api import capture
from modelmonitor.decide.injection import Asked
from modelmonitor.plan import injection
from modelmonitor.wire.injection import Injection


@dataclass(frozen=True, slots=True)
class Wish:
    """Whether pods are to have an evaluator, which one, and whether we may roll them for it."""

    asked: Asked = Asked.NOTHING
    restart: bool = True
    injection: Injection | None = None


def wish(monitor: api.ModelMonitor, settings: plan.Settings) -> Wish:
    """Return what a monitor wishes."""
    wanted = monitor.spec.capture
    if wanted is None:
        return Wish()
    by_hand = wanted.injection is capture.Injection.NONE
    return Wish(
        asked=Asked.MANUAL if by_hand else Asked.WEBHOOK,
        restart=wanted.restart is capture.Restart.AUTO,
        injection=_shared(injection.injection(monitor, settings)),
    )


def _shared(one: Injection | None) -> Injection | None:
    """Let all who ask for the same resources share them: most ask for the default."""
    if one is None:
        return None
    return replace(one, requests=_same(tuple(one.requests.items())), limits=_same(tuple(one.limits.items())))


@functools.lru_cache(maxsize=64)
def _same(items: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(items)
