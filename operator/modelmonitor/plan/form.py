"""The form of a query: what it is when it does not matter which texts its labels equal.

Monitors ask the same for one model after another. Whether a query is PromQL, and what it counts, follows
from its form, which is parsed once for all of them.
"""

import re

_TEXT = re.compile(r'(=?)"([^"]*)"')
_UNUSUAL = re.compile(r"['`\\#]")  # other quotes, escapes and comments


def of(query: str) -> str:
    """Let every label that must equal some text equal the same one.

    Examples
    --------
    >>> of('sum(rate(hits{job="churn",code=~"5.."}[5m]))')
    'sum(rate(hits{job="x",code=~"5.."}[5m]))'
    """
    return query if _UNUSUAL.search(query) else _TEXT.sub(_same, query)


def _same(found: re.Match[str]) -> str:
    """Keep what no `=` precedes, the empty text (which means: no such label) and what may be refused."""
    return '="x"' if found[1] and found[2] and found[2].isprintable() else found[0]
