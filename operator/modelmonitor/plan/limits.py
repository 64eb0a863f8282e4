"""Confidence limits in PromQL, for all series at once: the same arithmetic as in `stats.intervals`."""

from modelmonitor.stats import special


def quantile(alpha: float) -> str:
    """Write the normal quantile of an upper tail.

    Examples
    --------
    >>> quantile(0.025)
    '1.95996398454005'
    """
    return f"{-special.normal_quantile(alpha):.15g}"


def quantile_of(tail: str) -> str:
    """Return the normal quantile of an upper tail p of at most .024, exact to 2e-9.

    Parameters
    ----------
    tail
        sqrt(-2 ln p).

    Notes
    -----
    Acklam's rational approximation of the tail (2003).
    """
    above = (
        "7.784894002430293e-03",
        "3.223964580411365e-01",
        "2.400758277161838",
        "2.549732539343734",
        "-4.374664141464968",
        "-2.938163982698783",
    )
    below = (
        "7.784695709041462e-03",
        "3.224671290700398e-01",
        "2.445134137142996",
        "3.754408661907416",
        "1",
    )
    return f"{_polynomial(above, tail)} / {_polynomial(below, tail)}"


def exact_low(successes: str, failures: str, z: str) -> str:
    """Return about the exact lower limit of a share; the upper one is 1 - that of the failures.

    The expressions have the same labels.
    """
    x, others = f"clamp_min({successes}, 1)", f"({failures} + 1)"
    a, b = f"(9 * {x} - 1)", f"(9 * {others} - 1)"
    sure = f"clamp_min({a} ^ 2 - 9 * {z} ^ 2 * {x}, 0)"
    root = f"sqrt(clamp_min({x} * {b} ^ 2 + {others} * {a} ^ 2 - 9 * {z} ^ 2 * {x} * {others}, 0))"
    odds = f"{others} * {sure} / ({x} * ({a} * {b} + 3 * {z} * {root}))"
    return f"1 / (1 + {others} / ({successes} * ({odds}) ^ 3))"


def _polynomial(coefficients: tuple[str, ...], x: str) -> str:
    first, *rest = coefficients
    text = first
    for coefficient in rest:
        text = f"({text} * {x} + {coefficient})"
    return text
