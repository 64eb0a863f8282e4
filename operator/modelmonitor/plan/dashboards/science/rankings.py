"""How good the first K of a ranking are."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.plan import names
from modelmonitor.plan.dashboards import panels, tables
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.wire.config import Task

_K, _WHAT = "k", "what"
_WHOLE = f'{names.SEGMENT}=""'


def sections(records: Records) -> Iterator[Section]:
    """Yield a table of metrics by depth, and NDCG at each depth over time."""
    if records.scope.scheme.task is Task.RANKING and records.has(records.of_quality(names.QUALITY)):
        yield Section((Line(9, (_depths(records), _over_time(records)), (10, 14)),), "Rankings by depth")


def _at_depth(records: Records, metric: str) -> str:
    found = records.quality(names.QUALITY, f'{names.METRIC}=~"{metric}@.+"', _WHOLE)
    parts = ((_WHAT, "(.+)@.+"), (_K, ".+@(.+)"))
    for label, matched in parts:
        found = f'label_replace({found}, "{label}", "$1", "{names.METRIC}", "{matched}")'
    return f"max by ({_WHAT}, {_K}) ({found})"


def _depths(records: Records) -> Any:
    about = About(
        "Metrics at K",
        "Each metric over the first K items of a list, K across; of queries with at least one relevant item. "
        "Normal: recall and hit rate rise with K, precision falls.",
    )
    query = Query(_at_depth(records, ".+"), "metric")
    return tables.matrix(about, query, (_WHAT, _K), {"unit": "short", "decimals": 4})


def _over_time(records: Records) -> Any:
    about = About(
        "NDCG at K over time",
        "How near lists are to the best order of their items, the first places counting most: 1 is "
        "perfect. Normal: level lines. If only small K fall, the top of the list is wrong; if all do, look "
        "at features.",
    )
    query = Query(_at_depth(records, "NDCG"), f"at {{{{{_K}}}}}")
    return panels.graph(about, [query], Scale("short", 4), Drawing())
