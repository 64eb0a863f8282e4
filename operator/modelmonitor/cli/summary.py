"""What `generate` says at its end."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from modelmonitor.cli.answers import count
from modelmonitor.cli.folder import Written
from modelmonitor.cli.rendering import TESTS, Rendered

_COLUMNS = ("MONITOR", "FILES", "RULES", "ALERTS")


def table(rendered: Sequence[Rendered]) -> str:
    """Tell for each monitor how many files, rules and alerts it became, with a total for several."""
    rows = [_row(one.title, [one]) for one in rendered]
    if len(rows) > 1:
        rows.append(_row(f"{len(rows)} monitors", rendered))
    return _aligned([_COLUMNS, *rows])


def _row(title: str, of: Sequence[Rendered]) -> tuple[str, ...]:
    counts = sum(len(one.files) for one in of), sum(one.rules for one in of), sum(one.alerts for one in of)
    return (title, *map(str, counts))


def adapted(rendered: Iterable[Rendered]) -> list[str]:
    """Say which burn-rate pairs were adapted, and why."""
    return [f"adapted: {one.title}: {note}" for one in rendered for note in one.notes]


def needed(rendered: Iterable[Rendered]) -> list[str]:
    """Say how much traffic verdicts need."""
    return [f"needs: {one.title}: {need}" for one in rendered for need in one.needs]


def untested(rendered: Iterable[Rendered]) -> list[str]:
    """Say which alerts have no test, and why."""
    return [
        f"not tested: {one.title}: {' '.join(reason.split())}" for one in rendered for reason in one.untested
    ]


def outcome(folder: Path, written: Written, *, tests: bool) -> list[str]:
    """Say what was written, what is stale, and how to run the tests."""
    said = [f"{folder}: {count(written.written, 'file')} written, {written.unchanged} unchanged"]
    if tests:
        said.append(f"run the tests: promtool test rules {folder / TESTS}/*.test.yaml")
    said += [
        f"stale: {path}: no monitor of this run makes it; delete it if its monitor is gone"
        for path in written.stale
    ]
    return said


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Align the first column left and the numbers right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *numbers in rows:
        cells = [cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join(lines)
