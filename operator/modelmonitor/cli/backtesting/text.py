"""The report on a terminal: a table, then why each alert fired."""

import textwrap
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting import moments
from modelmonitor.cli.backtesting.report import AlertReport, Report, Told
from modelmonitor.cli.terminal import plain

_STYLES = {"critical": "bold red", "warning": "yellow"}
_TOLD = 3
"""Times of one alert that are told in words."""
_FEW = 4
_NARROWEST = 40


def show(report: Report, out: Console) -> None:
    """Print the report."""
    covered, scrapes = report.covered, report.scrapes
    out.print(plain(f"{report.title} on {report.data}", "bold"))
    time = f"from {moments.text(covered.first)} to {moments.text(covered.last)} UTC"
    out.print(f"{covered.rows:,} predictions {time}, a scrape every {Duration(scrapes.step)}")
    out.print()
    if report.firing:
        out.print(_table(report))
        for alert in report.firing:
            _explain(alert, out)
    else:
        out.print(f"No alert would have fired, of {len(report.silent)} that could.", style="green")
    _rest(report, out)


def length(seconds: float) -> str:
    """Write how long something lasted, in its two largest units.

    >>> length(93_784), length(90)
    ('1d2h', '1m30s')
    """
    units = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
    first = next((at for at, (_, size) in enumerate(units) if seconds >= size), 3)
    rest, text = int(seconds), ""
    for unit, size in units[first : first + 2]:
        number, rest = divmod(rest, size)
        text += f"{number}{unit}" if number else ""
    return text or "0s"


def _table(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
    table.add_column("ALERT", overflow="fold")
    table.add_column("SEVERITY", no_wrap=True)
    table.add_column("TIMES", no_wrap=True, justify="right")
    for name in ("FIRST", "LAST"):
        table.add_column(name, no_wrap=True)
    table.add_column("FIRING", no_wrap=True, justify="right")
    for alert in report.firing:
        starts = [moments.text(one.episode.start / 1000) for one in alert.told]
        table.add_row(
            plain(alert.name),
            Text(alert.severity, _STYLES.get(alert.severity, "")),
            str(len(alert.told)),
            starts[0],
            starts[-1],
            length(alert.seconds(report.scrapes.end)),
        )
    return table


def _explain(alert: AlertReport, out: Console) -> None:
    out.print()
    out.print(plain(f"{alert.name}, {alert.severity}", _STYLES.get(alert.severity, "bold")))
    for one in alert.told[:_TOLD]:
        _say(period(one, alert), out, indent=2)
        for name in ("summary", "description"):
            _say(one.texts.get(name, ""), out, indent=4)
    if len(alert.told) > _TOLD:
        _say(f"… and {len(alert.told) - _TOLD} more times", out, indent=2)


def _say(text: str, out: Console, style: str = "", indent: int = 0) -> None:
    """Print a text of any length, wrapped."""
    for line in textwrap.wrap(" ".join(text.split()), max(out.width - indent, _NARROWEST)):
        out.print(plain(" " * indent + line, style), soft_wrap=True)


def period(one: Told, alert: AlertReport) -> str:
    """Say when an alert fired, and of which series."""
    episode, own = one.episode, alert.fired.rule.labels
    of = "".join(f"{name} {value}, " for name, value in episode.labels if name not in own)
    start = f"{of}from {moments.text(episode.start / 1000)}"
    if episode.end is None:
        return f"{start} to the end"
    lasted = length((episode.end - episode.start) / 1000)
    return f"{start} to {moments.text(episode.end / 1000)}, {lasted}"


def _rest(report: Report, out: Console) -> None:
    out.print()
    if report.firing and report.silent:
        _say(f"silent: {', '.join(report.silent_names)}", out, "dim")
    for one in report.unanswered:
        metrics, alerts = _few(one.metrics), ", ".join(one.alerts) or "no alert"
        _say(f"not answered: {alerts} and {len(one.records)} records: {one.reason} ({metrics})", out, "dim")
    for note in report.notes:
        _say(f"note: {note}", out, "dim")


def _few(texts: Sequence[str]) -> str:
    return ", ".join(texts[:_FEW]) + (", …" if len(texts) > _FEW else "")
