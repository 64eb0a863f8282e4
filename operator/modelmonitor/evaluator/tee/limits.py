"""What the tee may hold in memory for its copies; the streams themselves are bounded by back-pressure."""

from dataclasses import dataclass

HEAD_BYTES = 128 * 1024
"""A head (or trailers, or the extensions of a chunk) longer than this is not read."""
SMALL_HEAD = 1024
"""What the head of a request weighs at least."""
PIPELINED = 256
"""More requests than this under way on one connection are not read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one tee, in bytes unless said otherwise."""

    max_body_bytes: int = 1 << 20
    """A longer body passes, but is not copied."""
    connection_bytes: int = 4 << 20
    """Copies that one connection may hold at a time."""
    copy_bytes: int = 32 << 20
    """Copies that all connections may hold together."""
    connections: int | None = None
    """Clients served at a time, the others wait; never more than the file descriptors allow."""

    @classmethod
    def copying(cls, max_body_bytes: int) -> "Limits":
        """Bounds within which bodies of this size can be copied, of a request and its response at once."""
        both = 2 * (max_body_bytes + HEAD_BYTES)
        return cls(max_body_bytes, max(cls().connection_bytes, both), max(cls().copy_bytes, 2 * both))


class Budget:
    """Bytes that may be held: of all connections, or of one within all."""

    __slots__ = ("_limit", "_whole", "free")

    def __init__(self, limit: int, whole: "Budget | None" = None) -> None:
        self._limit = limit
        self._whole = whole
        self.free = limit

    @property
    def held(self) -> int:
        """The bytes that are held now."""
        return self._limit - self.free

    def take(self, count: int) -> bool:
        """Hold so many bytes more, or return False and hold none of them."""
        if count > self.free or not (self._whole is None or self._whole.take(count)):
            return False
        self.free -= count
        return True

    def give(self, count: int) -> None:
        """Hold so many bytes fewer."""
        self.free += count
        if self._whole is not None:
            self._whole.give(count)
