"""Who is told of alerts in modelmonitor.dev/v1alpha1: receivers by severity, mute times, the digest.

The docstring under a field becomes its description in the CRD.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, StrictBool

from modelmonitor.api.across import AnyOf, Different, OneOf, Together
from modelmonitor.api.checks import Apart, Between, Named, Text
from modelmonitor.api.duration import Duration
from modelmonitor.api.fields import LabelKey, LabelValue, Name, ObjectName, Schema, WithoutNulls
from modelmonitor.api.severity import Severity

_KEY = Text("a key of a Secret: a-z, A-Z, 0-9, -, _ and ., at most 253 characters", 253, "^[-._a-zA-Z0-9]+$")
_ADDRESS = "[^@ ,{}]+@[^@ ,{}]+"
_FROM = Text("an e-mail address such as alerts@example.com, at most 320 characters", 320, f"^{_ADDRESS}$")
_TO = Text(
    "e-mail addresses, separated by commas, at most 2048 characters", 2048, f"^{_ADDRESS}(, ?{_ADDRESS})*$"
)
_SMARTHOST = Text(
    "a mail server and its port, such as smtp.example.com:587",
    260,
    "^([A-Za-z0-9][-A-Za-z0-9.]*|\\[[0-9a-fA-F:.]+\\]):[0-9]{1,5}$",
)
_URL = Text(
    "an address such as https://alerts.example.com/hook, without user and password",
    2048,
    "^https?://([A-Za-z0-9][-A-Za-z0-9._]*|\\[[0-9a-fA-F:.]+\\])(:[0-9]{1,5})?"
    "([/?#]([-A-Za-z0-9._~:/?#@!$&'()*+,;=\\[\\]]|%[0-9a-fA-F]{2})*)?$",
)
"""For want of one that can be read, prometheus-operator leaves out all routes and tells its log alone."""
_CHANNEL = Text("a channel such as #ml, or its id, at most 80 characters", 80, "^[#@]?[^ #@{}]+$")
_USER = Text("a name of 1 to 253 characters, without braces", 253, "^[^{}]+$")
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_QUOTE = 'quote it, for to YAML a bare 22:00 is a number: "22:00"'
_BEGIN = Text("a time of day from 00:00 to 23:59", 5, f"^{_CLOCK}$", remedy=_QUOTE)
_END = Text("a time of day from 00:00 to 24:00", 5, f"^({_CLOCK}|24:00)$", remedy=_QUOTE)
_LOCATION = Text(
    "a time zone such as Europe/Berlin, at most 64 characters",
    64,
    "^[A-Za-z][-+A-Za-z0-9_]*(/[-+A-Za-z0-9_]+)*$",
)


class SecretKey(Schema):
    """One key of a Secret in the namespace of the monitor."""

    name: ObjectName
    """Name of the Secret, in the namespace of the monitor."""

    key: Annotated[str, _KEY]
    """Key of the Secret that holds the value."""


class PagerDuty(Schema):
    """A service of PagerDuty."""

    routing_key: SecretKey
    """Secret with the integration key of the service (Events API v2)."""


class Opsgenie(Schema):
    """A team of Opsgenie, or of Jira Service Management."""

    api_key: SecretKey
    """Secret with the key of the API integration."""

    url: Annotated[str, _URL] | None = None
    """Address of the API. Default: Alertmanager's, https://api.opsgenie.com/; in Europe it is
    https://api.eu.opsgenie.com/.
    """


class Slack(Schema):
    """A channel of Slack, or of a server that takes its webhooks."""

    api_url: Annotated[SecretKey, Field(alias="apiURL")]
    """Secret with the address of the incoming webhook."""

    channel: Annotated[str, _CHANNEL]
    """Channel such as #ml; many webhooks decide it themselves."""


class MailLogin(Schema):
    """The login at the mail server."""

    name: ObjectName
    """Name of the Secret with the password, in the namespace of the monitor."""

    key: Annotated[str, _KEY]
    """Key of the Secret that holds the password."""

    username: Annotated[str, _USER] | None = None
    """Name of the user. Default: the address that mail comes from, as most servers want it."""


class Email(Schema):
    """Mail."""

    to: Annotated[str, _TO]
    """Addresses of who gets it, separated by commas."""

    from_: Annotated[str, _FROM, Field(alias="from")]
    """Address that it comes from."""

    smarthost: Annotated[str, _SMARTHOST]
    """Mail server and port, such as smtp.example.com:587."""

    auth: MailLogin | None = None
    """Login at the mail server; left out: none."""

    require_tls: Annotated[StrictBool, Field(alias="requireTLS")] = True
    """Whether to refuse a mail server without TLS. Default true, for a password must not be overheard; false
    for a relay in the cluster.
    """


class Webhook(Schema):
    """A server of yours that takes the JSON of Alertmanager's webhooks."""

    rules: ClassVar = (OneOf(("url", "urlSecret"), "an address that holds a secret belongs into a Secret"),)

    url: Annotated[str, _URL] | None = None
    """Address. Exactly one of url and urlSecret."""

    url_secret: SecretKey | None = None
    """Secret with the address. Exactly one of url and urlSecret."""

    bearer_token: SecretKey | None = None
    """Secret with the token that is sent as Authorization: Bearer; left out: none is."""


class MsTeams(Schema):
    """A channel of Microsoft Teams."""

    webhook_url: Annotated[SecretKey, Field(alias="webhookURL")]
    """Secret with the address of the workflow that posts to the channel; Alertmanager 0.28 or later sends to
    it.
    """


class Route(Schema):
    """Where alerts of one severity go: to everyone who is named."""

    rules: ClassVar = (
        AnyOf(
            ("pagerDuty", "opsgenie", "slack", "email", "webhook", "msTeams"),
            "say who is told, or leave the route out",
        ),
    )

    pager_duty: PagerDuty | None = None
    """A service of PagerDuty, which opens and closes an incident. At least one receiver in a route."""

    opsgenie: Opsgenie | None = None
    """Opsgenie, which opens and closes an alert. At least one receiver in a route."""

    slack: Slack | None = None
    """A channel of Slack. At least one receiver in a route."""

    email: Email | None = None
    """Mail. At least one receiver in a route."""

    webhook: Webhook | None = None
    """A server of yours. At least one receiver in a route."""

    ms_teams: MsTeams | None = None
    """A channel of Microsoft Teams. At least one receiver in a route."""


class Routes(Schema):
    """Who is told of alerts, by their severity."""

    rules: ClassVar = (
        AnyOf(("critical", "warning", "info"), "route at least one severity, or leave alerts out"),
    )

    critical: Route | None = None
    """Where pages go, at once, each alert by itself; repeated every 4h. Left out: wherever your Alertmanager
    sends them.
    """

    warning: Route | None = None
    """Where warnings go, those of a monitor together, at most every 15m; repeated every day. Left out:
    wherever your Alertmanager sends them.
    """

    info: Route | None = None
    """Where the rest goes, as a digest. Left out: wherever your Alertmanager sends it."""


class Day(StrEnum):
    """A day of the week."""

    MONDAY = "Monday"
    TUESDAY = "Tuesday"
    WEDNESDAY = "Wednesday"
    THURSDAY = "Thursday"
    FRIDAY = "Friday"
    SATURDAY = "Saturday"
    SUNDAY = "Sunday"


class Month(StrEnum):
    """A month."""

    JANUARY = "January"
    FEBRUARY = "February"
    MARCH = "March"
    APRIL = "April"
    MAY = "May"
    JUNE = "June"
    JULY = "July"
    AUGUST = "August"
    SEPTEMBER = "September"
    OCTOBER = "October"
    NOVEMBER = "November"
    DECEMBER = "December"


class MuteTime(Schema):
    """A time at which nobody is told; what still fires afterwards is told then."""

    rules: ClassVar = (
        Together(("from", "to"), "a time has a begin and an end; whole days have neither"),
        Different(("from", "to"), "leave both out for whole days"),
    )

    name: Name
    """Name of the mute time, unique in the monitor."""

    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=7), Apart("day")] = tuple(Day)
    """Days on which it begins, such as Saturday. Default: every day."""

    from_: Annotated[Annotated[str, _BEGIN] | None, Field(alias="from")] = None
    """When it begins, such as "22:00". Default: it lasts the whole day."""

    to: Annotated[str, _END] | None = None
    """When it ends, such as "06:00": the next morning where that is earlier than from. Default: it lasts the
    whole day.
    """

    months: Annotated[tuple[Month, ...], Field(min_length=1, max_length=12), Apart("month")] = tuple(Month)
    """Months in which it applies. Default: all of them."""

    location: Annotated[str, _LOCATION] = "UTC"
    """Time zone of days and times, such as Europe/Berlin; summer time is taken care of. Default UTC."""

    severities: Annotated[tuple[Severity, ...], Field(min_length=1, max_length=3), Apart("severity")] = (
        Severity.WARNING,
        Severity.INFO,
    )
    """Severities that are muted. Default warning and info: a page is never muted unless you say so."""


Digest = Annotated[
    Duration, Between.of("1h", "4d", "a time between digests", "Alertmanager forgets after five days")
]


class Alerts(Schema):
    """Who is told of alerts, as an AlertmanagerConfig of prometheus-operator."""

    routes: Routes
    """Receivers by severity. What is routed here goes to routes of your Alertmanager that match it, too, and
    no longer to its default receiver.
    """

    digest: Digest = Duration.parse("1d")
    """How often the info alerts of a monitor are told, all together, from 1h to 4d. Default 1d: they are for
    the record.
    """

    mute_times: Annotated[tuple[MuteTime, ...], Field(max_length=20), Named("mute time")] = ()
    """Times at which nobody is told, at most 20, with unique names. Default: none."""

    labels: Annotated[Mapping[LabelKey, LabelValue], Field(max_length=20), WithoutNulls] = {}
    """Labels that your Alertmanager selects AlertmanagerConfigs by, beside those of the rules. Default: none
    beside those.
    """
