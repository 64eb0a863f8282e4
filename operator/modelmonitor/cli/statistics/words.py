"""Numbers for people: short, aligned, and `-` where there is none."""

_BAR = "▏▎▍▌▋▊▉█"
_BAR_WIDTH = 10
NONE = "-"


def count(value: float | None) -> str:
    """Write a whole number.

    >>> count(12345), count(None)
    ('12,345', '-')
    """
    return NONE if value is None else f"{value:,.0f}"


def number(value: float | None) -> str:
    """Write four digits of a number.

    >>> number(0.91234), number(12345.6), number(-0.00001), number(None)
    ('0.9123', '12,346', '-1e-05', '-')
    """
    if value is None:
        return NONE
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < 1e9 else f"{value:.3g}"
    return f"{value:.4f}" if abs(value) >= 0.001 or value == 0 else f"{value:.3g}"


def share(value: float | None) -> str:
    """Write a share as percentage; one that is not quite 0 or 1 never looks so.

    >>> share(0.99996), share(0.5), share(0), share(0.00001)
    ('>99.9%', '50.0%', '0.0%', '<0.1%')
    """
    if value is None:
        return NONE
    if 0 < value < 0.001:
        return "<0.1%"
    return ">99.9%" if 0.999 < value < 1 else f"{value:.1%}"


def seconds(value: float | None) -> str:
    """Write a time in the unit that suits it.

    >>> seconds(0.0042), seconds(2.5), seconds(5400), seconds(None)
    ('4.2 ms', '2.5 s', '1.5 h', '-')
    """
    if value is None:
        return NONE
    for unit, size in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1000:.3g} ms"


def bar(part: float | None) -> str:
    """Draw a share of the whole bar.

    >>> bar(0.5), bar(0.0)
    ('█████', '')
    """
    eighths = round(min(max(part or 0.0, 0.0), 1.0) * _BAR_WIDTH * len(_BAR))
    whole, rest = divmod(eighths, len(_BAR))
    return "█" * whole + (_BAR[rest - 1] if rest else "")
