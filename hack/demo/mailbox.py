"""What the receivers of the demo got (stack/receivers.py): as Slack, as PagerDuty, and by mail."""

import json
import re
from dataclasses import dataclass, field

from demo.session import Session

RECEIVED = "/api/v1/namespaces/monitoring/services/receivers:8080/proxy/received"


@dataclass(frozen=True)
class Message:
    """One notification, and when it came, in seconds since 1970."""

    receiver: str
    title: str
    resolved: bool
    at: float


@dataclass
class Mailbox:
    """The messages that came since it was emptied."""

    session: Session
    _before: int = field(default=0)

    def empty(self) -> None:
        """Forget what came so far."""
        self._before = len(self._all())

    def messages(self) -> list[Message]:
        """Return what came, the oldest first."""
        return self._all()[self._before :]

    def first(self, receiver: str, about: str, *, resolved: bool = False) -> Message | None:
        """Return the first message to a receiver whose title matches; None while there is none."""
        found = (
            one
            for one in self.messages()
            if (one.receiver, one.resolved) == (receiver, resolved) and re.search(about, one.title)
        )
        return next(found, None)

    def _all(self) -> list[Message]:
        found = json.loads(self.session.run("get", "--raw", RECEIVED))
        return [Message(one["receiver"], one["title"], one["resolved"], one["at"]) for one in found]
