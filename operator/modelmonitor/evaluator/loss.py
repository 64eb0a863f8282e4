"""Why an observation was not counted: the closed set of reasons, so that no loss is silent."""

import enum


class Loss(enum.StrEnum):
    """The label `reason` of `events_dropped_total`: one for each prediction, or for each exchange."""

    QUEUE_FULL = "queue_full"
    """The evaluator could not keep up: the bounded queue was full."""
    BODY_TOO_LARGE = "body_too_large"
    """A body over the limit passed unparsed."""
    UNPARSED = "unparsed"
    """A stream that is no HTTP/1 (TLS, HTTP/2, websocket) passed as it was."""
    INCOMPLETE = "incomplete"
    """The exchange ended before its bodies were whole, or its copy was dropped."""
    ENCODING = "encoding"
    """A content encoding that is unknown or broken."""
    MALFORMED = "malformed"
    """The body is no valid message of the protocol: syntax, types, shapes or sizes."""
    FEATURE_COUNT = "feature_count"
    """A tensor whose width is not the number of features."""
    ROW_COUNT = "row_count"
    """Request and response do not speak of the same number of rows."""
    UNPAIRED = "unpaired"
    """A logged request whose response never came, or the reverse."""
    STORE_FULL = "store_full"
    """No room to remember the prediction: it counts everywhere except in quality and coverage."""
    STORE_DOWN = "store_down"
    """The label store was unreachable for longer than the buffer lasts; likewise."""
    UNCONFIGURED = "unconfigured"
    """No usable config: the exchange was counted as a request only."""
    INTERNAL = "internal"
    """A defect of ours; the log has it once a minute."""
