"""The scrape: Prometheus' text format and OpenMetrics, as the scraper asks for it.

Names, labels and values are the same in both. `_sum` families, and gauges with the label `le`, have no type:
OpenMetrics wants `_total` on every counter, and linters take the one for a summary, the other for a
histogram.
"""

import gzip
import math
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from modelmonitor.evaluator.counters.bank import Block
from modelmonitor.evaluator.counters.counting import Counters
from modelmonitor.wire.families import FAMILIES, INFO, Family, Kind

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_LEVEL = 1
"""Of compression: scrapes are many alike lines, higher ones cost more than they save."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a scrape is written."""

    openmetrics: bool
    gzip: bool

    @property
    def content_type(self) -> str:
        """The header `content-type`."""
        return OPEN_METRICS if self.openmetrics else TEXT


def negotiate(accept: bytes, accept_encoding: bytes) -> Form:
    """Choose what a scraper likes best of what there is; text where it does not say."""
    liked = _likes(accept)
    text = max(liked.get(kind, 0.0) for kind in ("text/plain", "text/*", "*/*"))
    return Form(
        liked.get("application/openmetrics-text", 0.0) > text, _likes(accept_encoding).get("gzip", 0.0) > 0
    )


def body(counters: Sequence[Counters], form: Form) -> bytes:
    """Render a scrape as it is sent."""
    text = render(counters, openmetrics=form.openmetrics)
    return gzip.compress(text, _LEVEL, mtime=0) if form.gzip else text


def render(counters: Sequence[Counters], *, openmetrics: bool) -> bytes:
    """Write all counters as one document, and tell them that they were read.

    The first are current, others have records that still wait: what both count is summed, and of gauges the
    larger one is told.
    """
    lines: list[str] = []
    for one in counters:
        one.traffic.fold()
    for family in FAMILIES:
        blocks = [one.bank.blocks[family] for one in counters if family in one.bank]
        if blocks:
            own = blocks[0].lines() if len(blocks) == 1 or family is INFO else list(_merged(blocks))
            lines += (*_head(family, openmetrics=openmetrics), *own) if own else ()
    for one in counters:
        one.scraped()
    lines.append("# EOF\n" if openmetrics else "")
    return "\n".join(lines).encode("utf-8", "replace")


def type_name(family: Family) -> str:
    """Return the type of a family in the text format."""
    bare = family.name.endswith("_sum") or (family.kind is Kind.GAUGE and "le" in family.labels)
    return "untyped" if bare else family.kind.value


def _head(family: Family, *, openmetrics: bool) -> tuple[str, str]:
    name, kind = family.name, type_name(family)
    if openmetrics:
        name = name.removesuffix("_total")
        kind = kind.replace("untyped", "unknown")
    return f"# HELP {name} {family.help}", f"# TYPE {name} {kind}"


def _merged(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield the lines of several banks as if they were one."""
    found: dict[str, float] = {}
    for block in blocks:
        combined = np.fmax if block.family.kind is Kind.GAUGE else operator.add
        for head, number in zip(block.heads, block.values(), strict=True):
            found[head] = combined(found[head], number) if head in found else number
    yield from (f"{head}{number}" for head, number in found.items() if not math.isnan(number))


def _likes(header: bytes) -> dict[str, float]:
    """Return how much each item of an Accept header is liked, from 0 to 1."""
    likes: dict[str, float] = {}
    for item in header.decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            likes[name] = max(likes.get(name, 0.0), float(quality))
        except ValueError:
            likes[name] = 0.0
    return likes
