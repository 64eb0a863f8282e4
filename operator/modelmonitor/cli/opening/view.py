"""What a reader looks at: the time, the choices, the rows that are unfolded, and how wide the window is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlencode

from modelmonitor.api.duration import Duration
from modelmonitor.cli.opening import answers
from modelmonitor.cli.opening.ranges import RANGES
from modelmonitor.cli.opening.span import Span

REFRESHES = ("off", "5s", "10s", "30s", "1m", "5m")
THEMES = ("auto", "light", "dark")
NARROW, WIDE, USUAL = 360, 2400, 1600
"""Widths in pixels for which panels are drawn; they are scaled to the window in between."""
COLUMN = 760
"""Below, panels stand under one another."""
_CHOICE = "var-"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A look at a dashboard.

    Attributes
    ----------
    since
        Length of the time range; empty: the dashboard's own.
    opened
        Folded rows that are shown, by their numbers.
    whole
        True: nothing is folded, nothing leads to another page of ours, and nothing changes: a file.
    """

    end: int
    since: str = ""
    refresh: str = ""
    theme: str = "auto"
    chosen: Mapping[str, str] = field(default_factory=dict)
    opened: frozenset[int] = frozenset()
    width: int = USUAL
    whole: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, str], now: int) -> Self:
        """Read the query of an address; what is none of ours, or makes no sense, is left out."""
        chosen = {
            name.removeprefix(_CHOICE): value for name, value in asked.items() if name.startswith(_CHOICE)
        }
        width, opened = asked.get("width", ""), asked.get("open", "").split(".")
        return cls(
            end=now,
            since=asked.get("range", "") if asked.get("range") in RANGES else "",
            refresh=asked.get("refresh", "") if asked.get("refresh") in REFRESHES else "",
            theme=asked.get("theme", "auto") if asked.get("theme") in THEMES else "auto",
            chosen=chosen,
            opened=frozenset(int(it) for it in opened if it.isdecimal()),
            width=min(max(int(width), NARROW), WIDE) if width.isdecimal() else USUAL,
        )

    def span(self, dashboard: Mapping[str, Any]) -> Span:
        """Return the time that is shown."""
        since = self.since or dashboard["time"]["from"].removeprefix("now-")
        return Span(self.end - Duration.parse(since).milliseconds // 1000, self.end)

    def every(self, dashboard: Mapping[str, Any]) -> str:
        """Return how often the page is drawn anew."""
        return self.refresh or dashboard.get("refresh") or "1m"

    def query(self, **other: Any) -> str:
        """Write the query of an address of this look, with other attributes."""
        view = replace(self, **other)
        asked = {
            "range": view.since,
            "refresh": view.refresh,
            "theme": "" if view.theme == "auto" else view.theme,
            "open": ".".join(map(str, sorted(view.opened))),
            **{f"{_CHOICE}{name}": value for name, value in sorted(view.chosen.items())},
        }
        return urlencode({name: value for name, value in asked.items() if value})


def option(variable: Mapping[str, Any], view: View) -> str:
    """Return the text of the option that is chosen of a variable."""
    texts = [one["text"] for one in variable["options"]]
    at_first = answers.ALL if variable.get("includeAll") else variable["current"]["text"]
    chosen = view.chosen.get(variable["name"], "")
    return chosen if chosen in texts else str(at_first)
