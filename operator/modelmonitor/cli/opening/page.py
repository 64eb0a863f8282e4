"""A dashboard as one page of HTML that needs nothing else, laid out on Grafana's grid."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from modelmonitor.cli.opening import answers, controls, look, panels, tiles, view
from modelmonitor.cli.opening.answers import Panel
from modelmonitor.cli.opening.panels import Answered
from modelmonitor.cli.opening.view import View

UNIT, GAP = 30, 8
"""Height of a row of the grid, and what is between two, in pixels."""
_AROUND, _HEADING = 110, 41
"""Height of what is above and below all panels, where the choices take two lines, and of a heading."""
_STYLE = (Path(__file__).parent / "page.css").read_text()
_SCRIPT = (Path(__file__).parent / "page.js").read_text()
_SHADES = "".join(
    f".b{it}{{background:rgb(87 148 242 / {3 + it * 90 // look.SHADES}%)}}" for it in range(look.SHADES + 1)
)
_SIZES = "".join(f".f{size}{{font-size:{size}px}}" for size in tiles.SIZES)


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard and what is around it on our pages.

    Attributes
    ----------
    links
        Addresses of our pages that stand for those of Grafana, `/d/<uid>`.
    home
        Address of the list of monitors; empty: there is none.
    """

    dashboard: dict[str, Any]
    links: Mapping[str, str]
    home: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """The panels under one heading; `row` is that heading, if there is one."""

    row: Panel | None
    panels: Sequence[Panel]
    is_folded: bool = False


def blocks(dashboard: Mapping[str, Any], seen: View) -> Iterator[Block]:
    """Yield what is shown, heading by heading; of a folded row its heading alone."""
    row: Panel | None = None
    under: list[Panel] = []
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            under.append(panel)
            continue
        if row is not None or under:
            yield Block(row, under)
        row, under = panel, []
        if panel["collapsed"]:
            shown = seen.whole or panel["id"] in seen.opened
            yield Block(panel, panel["panels"] if shown else (), not shown)
            row = None
    if row is not None or under:
        yield Block(row, under)


def shown(dashboard: Mapping[str, Any], seen: View) -> list[Panel]:
    """Return the panels that have to be asked about."""
    return [panel for block in blocks(dashboard, seen) for panel in block.panels]


@dataclass(frozen=True, slots=True)
class Part:
    """A dashboard without what surrounds it, and the rules that say where its panels stand."""

    html: str
    places: str


def page(board: Board, seen: View, answered: Mapping[int, Answered], told: str) -> str:
    """Write a page of one dashboard; `told` is what stands above the panels."""
    drawn = part(board, seen, answered, told)
    return document(board.dashboard["title"], drawn.html, seen, drawn.places)


def part(board: Board, seen: View, answered: Mapping[int, Answered], told: str = "") -> Part:
    """Write the header and the panels of a dashboard."""
    made = list(blocks(board.dashboard, seen))
    inside = "".join(_block(block, board, seen, answered) for block in made)
    above = "" if seen.whole else f'<div id="told" aria-live="polite">{told}</div>'
    main = inside if seen.whole else f'<main id="content">{inside}</main>'
    header = controls.header(board.dashboard, board.links, board.home, seen)
    return Part(f"{header}{above}{main}", "".join(map(_places, made)))


def document(title: str, body: str, seen: View, places: str = "") -> str:
    """Put a page together: it runs no other script and takes no other style than its own."""
    style, script = _STYLE + _SHADES + _SIZES + places, "" if seen.whole else _SCRIPT
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'"
    )
    return (
        f'<!doctype html><html lang="en" data-theme="{seen.theme}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f'<a class="skip" href="#content">Skip to the panels</a>{body}'
        f"{f'<script>{script}</script>' if script else ''}</body></html>\n"
    )


def height(dashboard: Mapping[str, Any], seen: View) -> int:
    """Return about how high the page is in pixels, without what is told above the panels."""
    every = list(blocks(dashboard, seen))
    headings = sum(_HEADING for block in every if block.row)
    return _AROUND + headings + sum(_rows(block) * (UNIT + GAP) - GAP for block in every if block.panels)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _rows(block: Block) -> int:
    first = min((it["gridPos"]["y"] for it in block.panels), default=0)
    return max((it["gridPos"]["y"] + it["gridPos"]["h"] for it in block.panels), default=first) - first


def _places(block: Block) -> str:
    """Write where panels stand on the grid; on narrow windows they follow one another."""
    first = min((it["gridPos"]["y"] for it in block.panels), default=0)
    rules = []
    for panel in block.panels:
        at = panel["gridPos"]
        rules.append(
            f".p{panel['id']}{{--place:{at['y'] - first + 1}/{at['x'] + 1}/span {at['h']}/span {at['w']};"
            f"--rows:span {at['h']}}}"
        )
    return "".join(rules)


def _block(block: Block, board: Board, seen: View, answered: Mapping[int, Answered]) -> str:
    inside = "".join(
        _panel(panel, board, seen, answered.get(panel["id"], Answered())) for panel in block.panels
    )
    grid = f'<div class="board">{inside}</div>' if inside else ""
    return f"{controls.heading(block.row, board.dashboard, seen) if block.row else ''}{grid}"


def _panel(panel: Panel, board: Board, seen: View, answered: Answered) -> str:
    named = {it["name"]: view.option(it, seen) for it in answers.choices(board.dashboard)}
    titled = {**panel, "title": answers.filled(panel["title"], named)}
    at, width = panel["gridPos"], seen.width - 32
    wide = width if seen.width < view.COLUMN else round(at["w"] * (width + GAP) / 24) - GAP
    size = (wide - 22, at["h"] * (UNIT + GAP) - GAP - 44)
    return panels.panel(titled, answered, panels.Frame(seen.span(board.dashboard), size, board.links))
