"""How a number is written in a label: Prometheus rewrites `le` of histograms, others must look alike."""

import math
from decimal import Decimal

_PLAIN = range(-4, 6)
"""Decimal exponents that Go writes without one."""


def label_number(value: float) -> str:
    """Write an edge, a threshold or a quantile as OpenMetrics' canonical number.

    >>> [label_number(value) for value in (1, 0.05, 1e6, 1234567.5, 2.5e-7, -3, float("inf"))]
    ['1.0', '0.05', '1e+06', '1.2345675e+06', '2.5e-07', '-3.0', '+Inf']
    """
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    number = Decimal(repr(float(value) + 0.0)).normalize()  # -0.0 and 0.0 are one edge
    sign, digits, _ = number.as_tuple()
    exponent = number.adjusted() if number else 0
    if exponent in _PLAIN:
        text = format(number, "f")
        return text if "." in text else f"{text}.0"
    first, rest = str(digits[0]), "".join(map(str, digits[1:]))
    mantissa = f"{first}.{rest}" if rest else first
    return f"{'-' if sign else ''}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
