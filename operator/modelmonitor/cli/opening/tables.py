"""Tables as Grafana makes them of answers: sorted, with words, bars, shades and links in their cells."""

import urllib.parse
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from modelmonitor.cli.opening import frames, look
from modelmonitor.cli.opening.answers import Panel, Series


def table(panel: Panel, found: Sequence[Sequence[Series]], links: Mapping[str, str]) -> str:
    """Draw a table after its transformations, sorted by the column that is asked for.

    Parameters
    ----------
    links
        Addresses that stand for those of Grafana's dashboards, `/d/<uid>`.
    """
    made = frames.frame(panel, found)
    (sort,) = panel["options"]["sortBy"]
    by = sort["displayName"]
    there = [row for row in made.rows if by in row]
    there.sort(key=lambda row: row[by], reverse=bool(sort.get("desc")))
    rows = [*there, *(row for row in made.rows if by not in row)]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in made.columns)
    body = "".join(
        f"<tr>{''.join(_cell(panel, name, row.get(name), links) for name in made.columns)}</tr>"
        for row in rows
    )
    return f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def column(panel: Panel, title: str) -> dict[str, Any]:
    """Return how the values of a column look, with what is said of it alone."""
    field = dict(panel["fieldConfig"]["defaults"])
    for override in panel["fieldConfig"]["overrides"]:
        matcher = override["matcher"]
        if matcher == {"id": "byName", "options": title} or matcher["id"] == "byType":
            field.update({each["id"]: each["value"] for each in override["properties"]})
    return field


def bar(share: float, tint: str) -> str:
    """Draw a share as a bar; the number stands beside it."""
    wide = f'width="{min(max(share, 0.0), 1.0):.2%}"'
    return f'<svg class="bar" aria-hidden="true"><rect {wide} height="100%" class="{tint}"/></svg>'


def address(url: str, links: Mapping[str, str], value: str = "") -> str:
    """Return where a link of Grafana's leads on our pages; empty if nowhere."""
    if url.startswith(("http://", "https://")):
        return url
    path, _, query = url.partition("?")
    ours = links.get(path)
    if ours is None:
        return ""
    asked = [part.partition("=") for part in query.split("&") if part]
    chosen = [(name, urllib.parse.quote(value)) for name, _, it in asked if it == "${__value.text}"]
    joint = "&" if "?" in ours else "?"
    return ours + (joint if chosen else "") + "&".join(f"{name}={it}" for name, it in chosen)


def _cell(panel: Panel, title: str, value: Any, links: Mapping[str, str]) -> str:
    field = column(panel, title)
    if value is None:
        return f"<td>{escape(str(field.get('noValue', '')))}</td>"
    if isinstance(value, str):
        leads = [address(it["url"], links, value) for it in field.get("links", ())]
        text = escape(value)
        named = f'<a href="{escape(leads[0])}">{text}</a>' if leads and leads[0] else text
        return f'<th scope="row">{named}</th>'
    word = look.mapped(field.get("mappings", ()), value)
    if word:
        return f'<td><b class="{word[1]}">{escape(word[0])}</b></td>'
    text = escape(look.written(value, field))
    kind = field.get("custom.cellOptions", {}).get("type")
    if kind == "color-background":
        return f'<td class="{look.shade(value)}">{text}</td>'
    if kind != "gauge":
        return f"<td>{text}</td>"
    tint = look.threshold(field["thresholds"]["steps"], value)
    return f'<td class="gauge">{bar(value / field["max"], tint)}<b class="{tint}">{text}</b></td>'
