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
_SLACK = ' | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"'
_TEAMS = ' | reReplaceAll "\\\\]\\\\(" "] ("'
"""Breaks links of Markdown, and nothing else."""
_IS_ADDRESS = 'match "^https?://"'


def title(severity: Severity, escaped: str = "") -> str:
    """Say how loud it is and what is wrong; of several alerts the first, and how many there are beside it."""

    def first(alerts: str) -> str:
        return f"{{{{ (index {alerts} 0).Annotations.summary{escaped} }}}}{_beside(alerts)}"

    firing, resolved = first(".Alerts.Firing"), first(".Alerts.Resolved")
    return (
        f'{{{{ if eq .Status "firing" }}}}{severity.value.upper()}: {firing}'
        f"{{{{ else }}}}RESOLVED: {resolved}{{{{ end }}}}"
    )


def digest_title(monitor: str) -> str:
    """Say how much the digest of a monitor holds."""
    return f"INFO: {monitor}: {{{{ len .Alerts.Firing }}}} firing, {{{{ len .Alerts.Resolved }}}} resolved"


def slack() -> str:
    """Write the text for Slack: its own markup, short."""
    links = _links("<{}|{}>", " · ")
    return _each(
        f"*{{{{ .Annotations.summary{_SLACK} }}}}*\n{{{{ .Annotations.description{_SLACK} }}}}\n"
        f"Since {_SINCE}{links}\n",
        f":white_check_mark: {{{{ .Annotations.summary{_SLACK} }}}} ({_SINCE} to {_UNTIL})\n",
    )


def teams() -> str:
    """Write the text for Teams: Markdown, where an empty line ends a paragraph."""
    links = _links("[{1}]({0})", " · ")
    return _each(
        f"**{{{{ .Annotations.summary{_TEAMS} }}}}**\n\n{{{{ .Annotations.description{_TEAMS} }}}}\n\n"
        f"Since {_SINCE}{links}\n\n",
        f"Resolved: {{{{ .Annotations.summary{_TEAMS} }}}} ({_SINCE} to {_UNTIL})\n\n",
    )


def teams_title(severity: Severity) -> str:
    """Write the title for Teams."""
    return title(severity, _TEAMS)


def slack_title(severity: Severity) -> str:
    """Write the title for Slack."""
    return title(severity, _SLACK)


def plain() -> str:
    """Write the text where there is no markup: mail without HTML, PagerDuty, Opsgenie."""
    links = _links("{1}: {0}", "\n")
    return _each(
        f"{{{{ .Annotations.summary }}}}\n{{{{ .Annotations.description }}}}\nSince {_SINCE}{links}\n\n",
        f"Resolved: {{{{ .Annotations.summary }}}} ({_SINCE} to {_UNTIL})\n",
    )


def plain_of(which: str) -> str:
    """Write the text of the alerts that are `Firing`, or of those that are `Resolved`."""
    lines = {
        "Firing": f"{{{{ .Annotations.summary }}}}\n{{{{ .Annotations.description }}}}\nSince {_SINCE}\n\n",
        "Resolved": f"{{{{ .Annotations.summary }}}} ({_SINCE} to {_UNTIL})\n",
    }
    return _range(which, lines[which])


def html() -> str:
    """Write the mail; Alertmanager escapes what it puts into HTML."""
    links = _links('<a href="{}">{}</a>', " · ")
    alerts = _each(
        '<div style="border-left:4px solid #c0392b;margin:16px 0;padding:4px 12px">'
        "<b>{{ .Annotations.summary }}</b>"
        '<div style="margin:6px 0;white-space:pre-line">{{ .Annotations.description }}</div>'
        f'<div style="color:#555">Since {_SINCE}{links}</div></div>',
        '<div style="border-left:4px solid #27ae60;margin:16px 0;padding:4px 12px">'
        "Resolved: <b>{{ .Annotations.summary }}</b>"
        f'<div style="color:#555">{_SINCE} to {_UNTIL}</div></div>',
    )
    return (
        '<!DOCTYPE html><html><body style="font:14px/1.5 sans-serif;color:#222;max-width:720px">'
        f"{alerts}</body></html>"
    )


def link(annotation: str) -> str:
    """Give an address that all alerts of a message have; an empty text where it is none, or relative."""
    address = f".CommonAnnotations.{annotation}"
    return f"{{{{ if {_IS_ADDRESS} {address} }}}}{{{{ {address} }}}}{{{{ end }}}}"


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
