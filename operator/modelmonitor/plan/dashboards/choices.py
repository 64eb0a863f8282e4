"""What a reader chooses at the top of a dashboard: an objective, a metric, a feature, a class."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from modelmonitor.plan.dashboards.grafana import dashboard

NOT_AN_INTERVAL: dict[str, Any] = {"auto": None, "auto_min": None, "auto_count": None}
_UNSAFE = "\"'\\^[]\n\r\t`"
"""Characters that a query, a regular expression or Grafana between the two would read as something else."""

_MOST_BYTES = 200 * 1024
"""Of all options; each is written twice."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A variable of a dashboard.

    Attributes
    ----------
    options
        What is shown, and what is put into queries.
    several
        True: many may be chosen, at first all of them.
    """

    name: str
    label: str
    about: str
    options: tuple[tuple[str, str], ...]
    several: bool = False

    @classmethod
    def of_words(cls, name: str, label: str, about: str, words: Sequence[str]) -> "Choice":
        """Return a choice among words that are safe as they are."""
        return cls(name, label, about, tuple((word, word) for word in words))

    @classmethod
    def of_texts(cls, name: str, label: str, about: str, texts: Sequence[str]) -> "Choice":
        """Return a choice among any texts; queries match them by `=~`.

        Where they would fill the dashboard, the last ones are left out, and the description says so.
        """
        options = tuple((text, pattern(text)) for text in texts)
        ends = accumulate(len("".join(option).encode()) for option in options)
        fitting = tuple(option for option, end in zip(options, ends, strict=True) if end <= _MOST_BYTES)
        if left_out := len(options) - len(fitting):
            about = f"{about} The last {left_out} are left out: they do not fit."
        return cls(name, label, about, fitting)


def pattern(text: str) -> str:
    """Return a regular expression that matches a text and needs no escapes, wherever it is put.

    Examples
    --------
    >>> pattern("age"), pattern("a.b, (c)"), pattern('the "best"')
    ('age', 'a[.]b[,][ ][(]c[)]', 'the[ ].best.')
    """
    return "".join(map(_matched, text))


def _matched(character: str) -> str:
    if character.isalnum() or character == "_":
        return character
    return "." if character in _UNSAFE else f"[{character}]"


def variable(choice: Choice) -> Any:
    """Return Grafana's variable; the first option is chosen, or all are."""
    options = [
        dashboard.VariableOption(place == 0 and not choice.several, text, value)
        for place, (text, value) in enumerate(choice.options)
    ]
    every = dashboard.VariableOption(True, ["All"], ["$__all"])
    return dashboard.VariableModel(
        type_val=dashboard.VariableType.CUSTOM,
        name=choice.name,
        label=choice.label,
        description=choice.about,
        query=",".join(_written(*option) for option in choice.options),
        options=options,
        current=every if choice.several else options[0],
        multi=choice.several,
        include_all=choice.several,
        allow_custom_value=False,
        **NOT_AN_INTERVAL,
    )


def _written(text: str, value: str) -> str:
    """Write an option as Grafana reads it again when the dashboard is loaded."""
    if text == value:
        return text
    shown, put = (it.replace(",", "\\,") for it in (" ".join(text.split()) or "(empty)", value))
    return f"{shown} : {put}"
