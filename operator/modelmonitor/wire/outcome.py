"""How a request ended for its caller: a closed set, as objectives count it."""

import enum


class Outcome(enum.StrEnum):
    """The label `outcome` of `requests_total`."""

    OK = "ok"
    """Any status below 400."""
    ERROR = "error"
    """5xx but 504; refused, reset or closed by the model; half a response, or one that is no HTTP/1."""
    TIMEOUT = "timeout"
    """504, or the caller left (or shut its side) before the response was whole: it waits no longer."""
    REJECTED = "rejected"
    """4xx, or the caller left before its own request was whole: its own fault."""
