"""Versions of the model side by side: what they answer, how fast, and how well."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.plan import counted, names
from modelmonitor.plan.dashboards import panels, style, tables
from modelmonitor.plan.dashboards.science import quality
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.dashboards.tables import Column, Order
from modelmonitor.wire import families

_BY = f"by ({names.MODEL_VERSION})"
_LEGEND = f"{{{{{names.MODEL_VERSION}}}}}"
_MOST_METRICS = 4


def sections(records: Records) -> Iterator[Section]:
    """Yield a table of versions with traffic and quality, and both over time."""
    if not records.has(names.THROUGHPUT):
        return
    graphs = [_traffic(records)]
    if records.has(records.of_quality(names.VERSION_QUALITY)):
        graphs.append(_quality(records))
    yield Section((Line(5, (_table(records),)), Line(8, tuple(graphs))), "Versions · side by side")


def _table(records: Records) -> Any:
    scope = records.scope
    about = About(
        "Versions",
        "Every version of the model that answered within five minutes, or whose predictions matured: its "
        "share of the predictions, failures and latency now, and its quality over the last "
        f"{scope.quality_window}. Normal: a new version is at least as good as the old one. Compare the "
        "rows before you believe a small difference.",
    )
    share = {"unit": "percentunit", "decimals": 1}
    columns = [Column("Traffic", _share(records, "[5m]"), share)]
    requests = scope.counted(families.REQUESTS)
    failed, asked = (
        f"sum {_BY} (rate({counted.narrowed(requests, it)}[5m]))" for it in (counted.FAILED, counted.JUDGED)
    )
    columns.append(Column("Failed", f"{failed} / ({asked} > 0)", {"unit": "percentunit", "decimals": 2}))
    buckets = f"sum by ({names.MODEL_VERSION}, le) (rate({scope.counted(families.DURATION, '_bucket')}[5m]))"
    columns.append(Column("p95", f"histogram_quantile(0.95, {buckets}) >= 0", {"unit": "s", "decimals": 0}))
    if records.has(records.of_quality(names.VERSION_ROWS)):
        rows = f"max {_BY} ({records.quality(names.VERSION_ROWS)})"
        columns.append(Column("Labelled rows", rows, tables.WHOLE))
        columns += [
            Column(metric, f"max {_BY} ({_of(records, metric)})", {"decimals": 4})
            for metric in quality.metrics(records)[:_MOST_METRICS]
        ]
    return tables.joined(about, {names.MODEL_VERSION: "Version"}, columns, Order("Traffic", descending=True))


def _of(records: Records, metric: str) -> str:
    return records.quality(names.VERSION_QUALITY, f'{names.METRIC}="{metric}"')


def _share(records: Records, reach: str) -> str:
    predictions = f"rate({records.scope.counted(families.PREDICTIONS)}{reach})"
    return f"sum {_BY} ({predictions}) / on () group_left () (sum({predictions}) > 0)"


def _traffic(records: Records) -> Any:
    about = About(
        "Traffic by version",
        "Share of the predictions that each version makes. Normal: one version, or as your release divides "
        "them. A step is a release or a rollback.",
    )
    scale = Scale("percentunit", 0, low=0, high=1)
    drawing = Drawing(bars=True, step="5m")
    return panels.graph(about, [Query(_share(records, "[$__rate_interval]"), _LEGEND)], scale, drawing)


def _quality(records: Records) -> Any:
    about = About(
        f"${quality.VARIABLE} by version",
        f"The chosen metric of each version, over the predictions that matured within "
        f"{records.scope.quality_window}. Normal: lines close to one another and to the reference, which is "
        "dashed. A new version below the old one at enough rows: roll back.",
    )
    asked = [Query(f"max {_BY} ({_of(records, f'${quality.VARIABLE}')})", _LEGEND)]
    overrides = []
    if records.scope.scheme.profile is not None:
        asked.append(Query(quality.reference(records, quality.CHOSEN), "reference"))
        overrides = style.by_query(["B"], **style.DASHED)
    return panels.graph(about, asked, Scale("short", 4), Drawing(overrides=overrides))
