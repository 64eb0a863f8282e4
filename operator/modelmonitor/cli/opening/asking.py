"""Panels asked of Prometheus, several at a time; of those without data, why."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from modelmonitor.cli.opening import absence, answers, page
from modelmonitor.cli.opening.answers import Asking, Panel
from modelmonitor.cli.opening.panels import Answered
from modelmonitor.cli.opening.span import Span
from modelmonitor.cli.opening.view import View
from modelmonitor.cli.reaching.prometheus import NotAnswered

AT_ONCE = 6


def answered(prometheus: Asking, dashboard: Mapping[str, Any], seen: View) -> dict[int, Answered]:
    """Ask for all panels that are shown."""
    look = _Look(prometheus, dashboard, seen)
    panels = page.shown(dashboard, seen)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(look.ask, panels))
    return {panel["id"]: it for panel, it in zip(panels, found, strict=True)}


@dataclass
class _Look:
    """One look at one dashboard; what is known to be there is asked once."""

    prometheus: Asking
    dashboard: Mapping[str, Any]
    seen: View
    _there: dict[str, bool] = field(default_factory=dict)

    @property
    def _span(self) -> Span:
        return self.seen.span(self.dashboard)

    def ask(self, panel: Panel) -> Answered:
        """Ask for one panel."""
        try:
            found = answers.answers(self.prometheus, self.dashboard, panel, self._span, self.seen.chosen)
            if any(found):
                return Answered(found)
            asked = answers.queries(self.dashboard, panel, self._span, self.seen.chosen)
            return Answered(nothing=absence.reason(asked, self._has))
        except NotAnswered as error:
            return Answered(nothing=str(error), failed=True)

    def _has(self, selector: str) -> bool:
        if selector not in self._there:
            query = f"count(last_over_time({selector}[{self._span.seconds}s]))"
            self._there[selector] = bool(self.prometheus.instant(query, self._span.end))
        return self._there[selector]
