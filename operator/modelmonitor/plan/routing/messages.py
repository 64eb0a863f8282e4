"""What people read: one set of texts for each medium, as templates of Alertmanager.

A message says first how loud it is, what is wrong and with which model; then, for each alert, why, since
when, and where to go from there. Annotations hold names of columns and classes, so they are escaped where a
medium would make something of them: `<!channel>` in Slack would wake everybody up.
"""

from modelmonitor.api.severity import Severity

MOST_ALERTS = 10
"""That a message tells of one by one; more are counted."""

_SINCE = '{{ .StartsAt.UTC.Format "2006-01-02 15:04" }} UTC'
_UNTIL = '{{ .EndsAt.UTC.Format "2006-01-02 15:04" }} UTC'
SLACK = ' | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"'
"""How to escape for Slack: `&`, `<` and `>` are its markup."""
TEAMS = ' | reReplaceAll "\\\\]\\\\(" "] ("'
"""How to escape for Teams: links of Markdown are broken, and nothing else."""
_IS_ADDRESS = 'match "^https?://"'


def title(severity: Severity, monitor: str, escaped: str = "") -> str:
    """Say how loud it is and what is wrong; of several alerts the first, and how many there are beside it.

    A digest of several says how many: its first is no more than the others.
    """

    def first(alerts: str) -> str:
        return f"{{{{ (index {alerts} 0).Annotations.summary{escaped} }}}}{_beside(alerts)}"

    firing, resolved = first(".Alerts.Firing"), first(".Alerts.Resolved")
    told = (
        f'{{{{ if eq .Status "firing" }}}}{severity.value.upper()}: {firing}'
        f"{{{{ else }}}}RESOLVED: {resolved}{{{{ end }}}}"
    )
    if severity is not Severity.INFO:
        return told
    counted = f"INFO: {monitor}: {{{{ len .Alerts.Firing }}}} firing, {{{{ len .Alerts.Resolved }}}} resolved"
    return f"{{{{ if gt (len .Alerts) 1 }}}}{counted}{{{{ else }}}}{told}{{{{ end }}}}"


def slack() -> str:
    """Write the text for Slack: its own markup, short."""
    summary, description = _of("summary", SLACK), _of("description", SLACK)
    return _each(
        f"{_if_several(f'*{summary}*')}{description}\nSince {_SINCE}{_links('<{}|{}>', ' · ')}\n",
        f":white_check_mark: {_if_several(summary)}{_SINCE} to {_UNTIL}\n",
    )


def teams() -> str:
    """Write the text for Teams: Markdown, where an empty line ends a paragraph."""
    summary, description, end = _of("summary", TEAMS), _of("description", TEAMS), "\n\n"
    links = _links("[{1}]({0})", " · ")
    return _each(
        f"{_if_several(f'**{summary}**', end)}{description}{end}Since {_SINCE}{links}{end}",
        f"{_if_several(summary, end)}Resolved: {_SINCE} to {_UNTIL}{end}",
    )


def plain() -> str:
    """Write the text where there is no markup, and no title that says the same: mail, Opsgenie."""
    return _each(
        f"{_of('summary')}\n{_of('description')}\nSince {_SINCE}{_links('{1}: {0}', chr(10))}\n\n",
        f"Resolved: {_of('summary')}\n{_SINCE} to {_UNTIL}\n\n",
    )


def details(which: str) -> str:
    """Write the details for PagerDuty: of the alerts that are `Firing`, or of those that are `Resolved`.

    Alertmanager reads a detail as YAML, and what is a mapping as templates once more. Texts of ours begin
    like mappings, and hold names of columns and classes. A tab begins no YAML: such a text stays as it is.
    """
    texts = {
        "Firing": f"{_of('summary')}\n{_of('description')}\nSince {_SINCE}\n\n",
        "Resolved": f"{_of('summary')}\n{_SINCE} to {_UNTIL}\n\n",
    }
    return _range(which, f"\t{texts[which]}")


def html() -> str:
    """Write the mail; Alertmanager escapes what it puts into HTML."""
    box = '<div style="border-left:4px solid {};margin:16px 0;padding:4px 12px">'
    links = _links('<a href="{}">{}</a>', " · ")
    alerts = _each(
        f"{box.format('#c0392b')}<b>{_of('summary')}</b>"
        f'<div style="margin:6px 0;white-space:pre-line">{_of("description")}</div>'
        f'<div style="color:#555">Since {_SINCE}{links}</div></div>',
        f"{box.format('#27ae60')}Resolved: <b>{_of('summary')}</b>"
        f'<div style="color:#555">{_SINCE} to {_UNTIL}</div></div>',
    )
    body = '<body style="font:14px/1.5 sans-serif;color:#222;max-width:720px">'
    return f"<!DOCTYPE html><html>{body}{alerts}</body></html>"


def _of(annotation: str, escaped: str = "") -> str:
    return f"{{{{ .Annotations.{annotation}{escaped} }}}}"


def _if_several(text: str, end: str = "\n") -> str:
    """Write what the title says already only where the message is of several alerts."""
    return f"{{{{ if gt (len $.Alerts) 1 }}}}{text}{end}{{{{ end }}}}"


def _beside(alerts: str) -> str:
    """Count the others."""
    return f"{{{{ if gt (len {alerts}) 1 }}}} (and {{{{ len (slice {alerts} 1) }}}} more){{{{ end }}}}"


def _links(form: str, before: str) -> str:
    """Write the links that an alert has and that work from a message: a relative one does not."""
    named = {"runbook_url": "Runbook", "dashboard_url": "Dashboard"}
    return "".join(
        f"{{{{ if {_IS_ADDRESS} .Annotations.{annotation} }}}}{before}"
        f"{form.format(f'{{{{ .Annotations.{annotation} }}}}', name)}{{{{ end }}}}"
        for annotation, name in named.items()
    )


def _each(firing: str, resolved: str) -> str:
    return _range("Firing", firing) + _range("Resolved", resolved)


def _range(which: str, text: str) -> str:
    alerts = f".Alerts.{which}"
    one = f"{{{{ if lt $at {MOST_ALERTS} }}}}{text}{{{{ end }}}}"
    first = f"{{{{ range $at, $_ := {alerts} }}}}{one}{{{{ end }}}}"
    many = f"{{{{ if gt (len {alerts}) {MOST_ALERTS} }}}}"
    return f"{first}{many}… {{{{ len {alerts} }}}} in all\n{{{{ end }}}}"
