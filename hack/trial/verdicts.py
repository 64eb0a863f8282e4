"""What the document of `/v1/stats` says, in few words."""

from modelmonitor.cli.statistics.asking import Document


def drift(found: Document) -> str:
    """Name the columns that have drifted."""
    names = sorted(one["feature"] for one in found["drift"] if one["verdict"] == "Drift")
    return f"drift of {' and '.join(names)}" if names else "no drift"


def right(found: Document, before: Document | None = None) -> float:
    """Return the share of right predictions among those that matured until now, or since another document."""
    rows, count = _matured(found)
    rows_before, count_before = _matured(before) if before else (0, 0.0)
    return (count - count_before) / max(rows - rows_before, 1)


def summary(found: Document) -> str:
    """Say how the model does."""
    rows, _ = _matured(found)
    quality = f"{right(found):.1%} of {rows:,} right" if rows else "no truth yet"
    return f"{drift(found)}; {quality}"


def _matured(found: Document) -> tuple[int, float]:
    whole = found["quality"][0]
    return whole["rows"], whole["rows"] * (whole["metrics"]["Accuracy"]["value"] or 0.0)
