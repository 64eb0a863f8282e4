"""Numbers of three significant digits, so that a status does not change with every sample."""

from decimal import Decimal


def percent(share: Decimal) -> str:
    """Write a share as a percentage of three significant digits.

    >>> percent(Decimal("0.87654")), percent(Decimal("-3.1")), percent(Decimal(1))
    ('87.7%', '-310%', '100%')
    """
    return f"{rounded(float(share) * 100):f}%"


def rounded(number: float) -> Decimal:
    """Round to three significant digits, so that a status does not change with every sample."""
    short = Decimal(f"{number:.3g}")
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
