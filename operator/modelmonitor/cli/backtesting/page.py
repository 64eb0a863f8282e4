"""The report as one page of HTML that needs nothing else: no script, no font, no address."""

from collections.abc import Iterator, Sequence
from html import escape

from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting import drawing, moments, text
from modelmonitor.cli.backtesting.curves import Chart
from modelmonitor.cli.backtesting.drawing import Band
from modelmonitor.cli.backtesting.report import SEVERITIES, AlertReport, Report, Told

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5d6b7c;--line:#dde3ea;--card:#fff;--ground:#f5f7f9;
--critical:#c62f3c;--warning:#c77d0a;--info:#3b76c4;--c0:#2563c9;--c1:#c4560c;--c2:#1a8a5f;--c3:#8a3fb5;
--c4:#b3264a;--c5:#64748b}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#98a5b5;--line:#2f3947;--card:#1a212b;
--ground:#11161d;--critical:#f2707b;--warning:#eab04e;--info:#79a9ea;--c0:#74a4f2;--c1:#ef9a5c;--c2:#58c79a;
--c3:#c48be6;--c4:#f07d9b;--c5:#a3b1c2}}
*{box-sizing:border-box}body{margin:0 auto;padding:2rem 1.25rem;max-width:64rem;background:var(--ground);
color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .6rem}h3{font-size:.95rem;margin:0 0 .3rem}
p{margin:.2rem 0}.soft{color:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;
padding:.9rem 1rem;margin:.7rem 0}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}td.number,th.number{text-align:right}
details{margin:.5rem 0}summary{cursor:pointer}
b.critical,.key.critical{color:var(--critical)}b.warning{color:var(--warning)}b.info{color:var(--info)}
svg{width:100%;height:auto;display:block}svg text{font:11px system-ui,sans-serif;fill:var(--soft)}
svg .value,svg .meaning{text-anchor:end}svg .time{text-anchor:middle}svg .row{font-size:12px;fill:var(--ink)}
.grid{stroke:var(--line)}.limit{stroke:var(--critical);stroke-dasharray:5 4}
.fired{fill:var(--critical);opacity:.13}rect.critical{fill:var(--critical)}rect.warning{fill:var(--warning)}
rect.info,rect.other{fill:var(--info)}
.line{fill:none;stroke-width:1.6;stroke-linejoin:round}
.key{display:inline-block;margin-right:1rem}.key i{display:inline-block;width:.8rem;height:.2rem;
margin-right:.35rem;vertical-align:middle}
""" + "".join(f".c{it}{{stroke:var(--c{it})}}.key .c{it}{{background:var(--c{it})}}" for it in range(6))


def page(report: Report) -> str:
    """Write the page."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>Backtest of {escape(report.title)}</title><style>{_STYLE}</style></head><body>",
            *_head(report),
            *_alerts(report),
            *(_chart(chart, report) for chart in report.charts),
            *_rest(report),
            "</body></html>\n",
        ]
    )


def _head(report: Report) -> Iterator[str]:
    covered = report.covered
    yield f"<h1>Backtest of {escape(report.title)}</h1>"
    yield (
        f'<p class="soft">{covered.rows:,} predictions of {escape(report.data)}, '
        f"{moments.text(covered.first)} to {moments.text(covered.last)} UTC, a scrape every "
        f"{Duration(report.scrapes.step)}, reference {escape(report.profile or 'none')}</p>"
    )


def _alerts(report: Report) -> Iterator[str]:
    yield "<h2>Alerts</h2>"
    if not report.firing:
        yield f"<section>No alert would have fired, of {len(report.silent)} that could.</section>"
        return
    start, end = report.scrapes.start / 1000, report.scrapes.end / 1000
    rows = [(one.name, _severity(one), _bands([one], end)) for one in report.firing]
    yield f"<section>{drawing.timeline(rows, start, end)}</section><section><table>"
    yield (
        '<tr><th>Alert</th><th>Severity</th><th class="number">Times</th><th>First</th><th>Last</th>'
        '<th class="number">Firing</th></tr>'
    )
    for one in report.firing:
        times = [moments.text(it.episode.start / 1000) for it in one.told]
        firing = text.length(one.seconds(report.scrapes.end))
        yield (
            f'<tr><td>{escape(one.name)}</td><td><b class="{_severity(one)}">{escape(one.severity)}</b></td>'
            f'<td class="number">{len(times)}</td><td>{times[0]}</td><td>{times[-1]}</td>'
            f'<td class="number">{firing}</td></tr>'
        )
    yield "</table></section>"
    yield from (_why(one) for one in report.firing)


def _why(alert: AlertReport) -> str:
    told = "".join(_told(one, alert) for one in alert.told)
    name = f'<b class="{_severity(alert)}">{escape(alert.name)}</b>'
    return f"<section><details open><summary>{name}</summary>{told}</details></section>"


def _told(one: Told, alert: AlertReport) -> str:
    words = [one.texts[name] for name in ("summary", "description") if one.texts.get(name)]
    return f"<p><b>{escape(text.period(one, alert))}</b></p>" + "".join(
        f"<p>{escape(it)}</p>" for it in words
    )


def _chart(chart: Chart, report: Report) -> str:
    start, end = report.scrapes.start / 1000, report.scrapes.end / 1000
    about = [one for one in report.firing if one.fired.rule.alert in chart.alerts]
    keys = "".join(
        f'<span class="key"><i class="c{number}"></i>{escape(curve.name)}</span>'
        for number, curve in enumerate(chart.curves)
        if curve.name and len(chart.curves) > 1
    )
    drawn = drawing.chart(chart, start, end, _bands(about, end))
    return f'<section><h3>{escape(chart.title)}</h3>{drawn}<p class="soft">{keys}</p></section>'


def _rest(report: Report) -> Iterator[str]:
    if report.firing and report.silent:
        yield f'<h2>Silent</h2><p class="soft">{escape(", ".join(report.silent_names))}</p>'
    if report.skipped:
        yield "<h2>Not answered</h2><section>"
        for one in report.unanswered:
            rules = ", ".join([*one.alerts, *one.records])
            yield f"<p>{escape(one.reason)} ({escape(', '.join(one.metrics))})</p>"
            yield f'<p class="soft">{escape(rules)}</p>'
        yield "</section>"
    if report.notes:
        yield "<h2>Notes</h2>" + "".join(f"<p>{escape(note)}</p>" for note in report.notes)


def _bands(alerts: Sequence[AlertReport], end: float) -> list[Band]:
    """Return the times in which any of these fired; those that overlap are one."""
    every = sorted(
        (one.episode.start / 1000, end if one.episode.end is None else one.episode.end / 1000)
        for alert in alerts
        for one in alert.told
    )
    merged: list[Band] = []
    for start, stop in every:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _severity(alert: AlertReport) -> str:
    return alert.severity if alert.severity in SEVERITIES else "other"
