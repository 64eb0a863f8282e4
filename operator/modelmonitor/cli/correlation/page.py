"""The report as one page of HTML that needs nothing else: no script, no font, no address."""

import math
from collections.abc import Iterator
from html import escape

from modelmonitor.cli.correlation import drawing, text
from modelmonitor.cli.correlation.finding import Pair, Report, sentences
from modelmonitor.stats.correlation import Direction

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5d6b7c;--line:#dde3ea;--card:#fff;--ground:#f5f7f9;
--model:#2563c9;--business:#c4560c;--good:#1a7f4e}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#98a5b5;--line:#2f3947;--card:#1a212b;
--ground:#11161d;--model:#74a4f2;--business:#ef9a5c;--good:#58c79a}}
*{box-sizing:border-box}body{margin:0 auto;padding:2rem 1.25rem;max-width:64rem;background:var(--ground);
color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0 0 .3rem}p{margin:.2rem 0}.soft{color:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem;
margin:.9rem 0}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600}td.number,th.number{text-align:right}.found{color:var(--good);font-weight:600}
svg{width:100%;height:auto;display:block}svg text{font:11px system-ui,sans-serif;fill:var(--soft)}
svg .value{text-anchor:end}svg .time{text-anchor:middle}.grid{stroke:var(--line)}
.line{fill:none;stroke-width:1.6;stroke-linejoin:round}.dot{stroke-width:3.2;stroke-linecap:round}
.model{stroke:var(--model)}.business{stroke:var(--business)}
svg .name.model{fill:var(--model);stroke:none}svg .name.business{fill:var(--business);stroke:none}
"""
_MOST_DRAWN = 8
_VERDICTS = {
    Direction.SAME: "together",
    Direction.OPPOSITE: "opposite",
    Direction.NONE: "nothing found",
    Direction.INSUFFICIENT: "too few points",
}


def page(told: Report) -> str:
    """Write the page."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences(told))
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>Business and {escape(told.title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>Business and {escape(told.title)}</h1>",
            f'<p class="soft">{escape(text.covered(told))}</p><section>{said}</section>',
            *_table(told),
            *(_chart(told, pair) for pair in told.pairs[:_MOST_DRAWN] if not math.isnan(pair.p_value)),
            "</body></html>\n",
        ]
    )


def _table(told: Report) -> Iterator[str]:
    yield (
        '<section><table><tr><th>Model</th><th>Business</th><th class="number">Later</th>'
        '<th class="number">Points</th><th class="number">r</th>'
        '<th class="number">p, of all pairs</th><th></th></tr>'
    )
    for pair in told.pairs:
        cells = "".join(f'<td class="number">{escape(it)}</td>' for it in text.numbers(told, pair))
        style = ' class="found"' if pair.is_found else ' class="soft"'
        yield (
            f"<tr><td>{escape(pair.model.name)}</td><td>{escape(pair.business.name)}</td>{cells}"
            f"<td{style}>{_VERDICTS[pair.direction]}</td></tr>"
        )
    yield "</table></section>"


def _chart(told: Report, pair: Pair) -> str:
    later = f", drawn {told.delay(pair)} earlier" if pair.found.lag else ""
    title = f"{pair.model.name} and {pair.business.name}{later}"
    return f"<section><h2>{escape(title)}</h2>{drawing.chart(told.span, pair)}</section>"
