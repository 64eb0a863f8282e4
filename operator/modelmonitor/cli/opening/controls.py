"""What a reader chooses with: other dashboards, the time, variables, how often to look, folded rows."""

import time
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from modelmonitor.cli.opening import answers, tables, view
from modelmonitor.cli.opening.answers import Panel
from modelmonitor.cli.opening.ranges import RANGES
from modelmonitor.cli.opening.view import View


def header(dashboard: Mapping[str, Any], links: Mapping[str, str], home: str, seen: View) -> str:
    """Write the top of a page."""
    title, end = escape(dashboard["title"]), time.strftime("%d %b %Y %H:%M:%S", time.gmtime(seen.end))
    asked = f"<p>{escape(dashboard.get('description') or '')}</p>"
    place = "" if seen.whole else ' id="until"'
    until = f'<p class="soft"{place}>Until {end} UTC{_chosen(dashboard, seen)}</p>'
    nav = f'<nav aria-label="Other views">{"".join(_links(dashboard, links, home, seen))}</nav>'
    return f"<header><h1>{title}</h1>{asked}{nav}{_form(dashboard, seen)}{until}</header>"


def heading(row: Panel, dashboard: Mapping[str, Any], seen: View) -> str:
    """Write the heading of a row; that of one which can be folded is a link."""
    named = {it["name"]: view.option(it, seen) for it in answers.choices(dashboard)}
    title = escape(answers.filled(row["title"], named))
    if not row["collapsed"] or seen.whole:
        return f'<h2 id="row-{row["id"]}">{title}</h2>'
    is_open = row["id"] in seen.opened
    query = seen.query(opened=seen.opened ^ {row["id"]})
    sign, more = ("▾", "") if is_open else ("▸", f" ({len(row['panels'])} panels)")
    address = f'href="?{escape(query)}#row-{row["id"]}"'
    state = f'aria-expanded="{"true" if is_open else "false"}"'
    return f'<h2 id="row-{row["id"]}"><a {address} {state}>{sign} {title}{more}</a></h2>'


def _links(dashboard: Mapping[str, Any], links: Mapping[str, str], home: str, seen: View) -> Iterator[str]:
    if home and not seen.whole:
        yield f'<a href="{escape(home)}">All monitors</a>'
    kept = "" if seen.whole else seen.query(opened=frozenset(), chosen={})
    for link in dashboard["links"]:
        address, title = tables.address(link["url"], links), escape(link["title"])
        if address.startswith("http"):
            yield f'<a href="{escape(address)}" rel="noreferrer">{title} ↗</a>'
        elif address:
            yield f'<a href="{escape(address + (f"?{kept}" if kept else ""))}">{title}</a>'


def _form(dashboard: Mapping[str, Any], seen: View) -> str:
    if seen.whole:
        return ""
    own = dashboard["time"]["from"].removeprefix("now-")
    ranges = dict.fromkeys((own, *RANGES)) if own not in RANGES else RANGES
    opened = ".".join(map(str, sorted(seen.opened)))
    kept = f'<input type="hidden" name="open" value="{opened}">' if opened else ""
    return (
        f'<form id="choices" method="get">'
        f"{''.join(_variable(it, seen) for it in answers.choices(dashboard))}"
        f"{_select('range', 'Last', tuple(ranges), seen.since or own)}"
        f"{_select('refresh', 'Every', view.REFRESHES, seen.every(dashboard))}"
        f"{_select('theme', 'Theme', view.THEMES, seen.theme)}"
        f'{kept}<button type="submit">Show</button></form>'
    )


def _variable(variable: Mapping[str, Any], seen: View) -> str:
    options = [one["text"] for one in variable["options"]]
    every = [answers.ALL, *options] if variable.get("includeAll") else options
    return _select(f"var-{variable['name']}", variable["label"], every, view.option(variable, seen))


def _select(name: str, label: str, options: Sequence[str], chosen: str) -> str:
    written = "".join(
        f'<option value="{escape(it)}"{" selected" if it == chosen else ""}>{escape(it)}</option>'
        for it in options
    )
    return f'<label>{escape(label)} <select name="{escape(name)}">{written}</select></label>'


def _chosen(dashboard: Mapping[str, Any], seen: View) -> str:
    """Say what is shown, where nothing can be chosen."""
    if not seen.whole:
        return ""
    told = [f"{it['label']}: {view.option(it, seen)}" for it in answers.choices(dashboard)]
    since = seen.since or dashboard["time"]["from"].removeprefix("now-")
    return escape("".join(f" · {it}" for it in (f"last {since}", *told)))
