"""A request that awaits its response, and the copy of a body: whole, or nothing."""

from modelmonitor.evaluator.tee.limits import Budget


class Body:
    """The copy of a body while it passes: dropped as a whole when it is too long or the budget is spent."""

    __slots__ = ("_budget", "_data", "_room", "too_large")

    def __init__(self, limit: int, budget: Budget) -> None:
        self._budget = budget
        self._data: bytes | bytearray | None = b""
        self._room = limit
        self.too_large = False

    def add(self, piece: bytes) -> None:
        """Copy the next piece."""
        data, size = self._data, len(piece)
        if data is None:
            return
        if size > self._room:
            self.too_large = True
            self.drop()
        elif not self._budget.take(size):
            self.drop()
        else:
            self._room -= size
            if not data:
                self._data = piece
            elif isinstance(data, bytearray):
                data += piece
            else:
                self._data = bytearray(data) + piece

    def drop(self) -> None:
        """Forget what was copied, and copy no more."""
        if self._data:
            self._budget.give(len(self._data))
        self._data = None

    def take(self) -> bytes | None:
        """Hand over what was copied, None if it was dropped; the budget has it back."""
        data = self._data
        self.drop()
        return bytes(data) if data is not None else None


class Asked:
    """A request whose head is known, until it is told to the observer."""

    __slots__ = (
        "body",
        "framing",
        "head_bytes",
        "headers",
        "method",
        "started",
        "target",
        "upgrade",
        "whole",
    )

    def __init__(self, method: str, target: str, started: float) -> None:
        self.method = method
        self.target = target
        self.started = started
        self.headers: dict[bytes, bytes] = {}
        self.head_bytes = 0
        self.body: Body | None = None
        self.whole = False
        self.upgrade = False
        self.framing = b""
