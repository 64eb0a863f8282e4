"""Lengths of the time that pages show."""

RANGES = ("15m", "1h", "3h", "6h", "12h", "1d", "2d", "7d", "30d", "90d")
