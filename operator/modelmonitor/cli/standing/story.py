"""An explanation as text, from cause to effect to what is to be done, at most 100 columns wide."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from modelmonitor.cli.standing import tables
from modelmonitor.cli.standing.alerts import Alert
from modelmonitor.cli.standing.burning import Burning
from modelmonitor.cli.standing.explanation import Explanation
from modelmonitor.cli.standing.monitor import since
from modelmonitor.cli.statistics.words import number, share
from modelmonitor.cli.terminal import plain

_BAD, _GOOD = "bold red", "green"


def told(found: Explanation, now: datetime) -> Iterator[RenderableType]:
    """Yield it part by part; what there is nothing to say about is left out."""
    one = found.standing
    well = found.verdict.startswith("well")
    verdict = (found.verdict, _GOOD if well else _BAD)
    yield Text.assemble((one.name, "bold"), f" in {one.namespace} is ", verdict)
    parts: dict[str, Sequence[RenderableType]] = {
        "Why": list(tables.troubles(found.causes, now)),
        "Alerts": [_alert(it, now) for it in found.numbers.alerts],
        "Objectives": list(_objectives(found)),
        "Drift": list(_drift(found)),
        "Labels": list(_labels(found)),
        "Silent": [
            Text.assemble(plain(name, "bold"), plain(f" {reason}: {why}"))
            for name, reason, why in found.silent
        ],
        "Next": [plain(f"{place}. {step}") for place, step in enumerate(found.steps, start=1)],
    }
    for title, lines in parts.items():
        if lines:
            yield Padding(Text(title.upper(), "bold"), (1, 0, 0, 0))
            yield Padding(Group(*lines), (0, 0, 0, 2))


def _objectives(found: Explanation) -> Iterator[Text]:
    for one in found.standing.objectives:
        if one["state"] in {"Met", "NoData"}:
            continue
        name = one["name"]
        left = found.numbers.left.get(name, one.get("budgetRemaining"))
        text = Text.assemble((name, "bold"), " ", (tables.state(one["state"]), _BAD))
        reached = f"{one['sli']:.6g}% were good, " if one.get("sli") is not None else ""
        text.append(f": {reached}{'-' if left is None else f'{left:.1%}'} of the budget is left")
        yield text
        for pair in (it for it in found.numbers.burning if it.objective == name):
            yield _pair(pair)


def _pair(pair: Burning) -> Text:
    text = f"  {pair.pair} ({pair.severity}): burns {_times(pair.over_long)} over {pair.long}, "
    text += f"{_times(pair.over_short)} over {pair.short}; alerts above {pair.factor:.4g} in both"
    return Text(text, _BAD if pair.exceeds else "dim")


def _times(burn: float | None) -> str:
    """Write how many times too fast a budget burns."""
    return "at an unknown rate" if burn is None else f"{burn:.3g} times too fast"


def _alert(alert: Alert, now: datetime) -> Text:
    began = since(datetime.fromtimestamp(alert.since, UTC).isoformat(), now)
    about = " ".join(filter(None, (alert.subject, alert.pair)))
    state = "fires" if alert.firing else "is pending"
    style = _BAD if alert.firing and alert.severity == "critical" else "yellow"
    return Text.assemble(
        plain(f"{alert.severity} {alert.name}", style), plain(f" {about} {state} since {began}")
    )


def _drift(found: Explanation) -> Iterator[Text]:
    for one in found.worst:
        value, critical = one.get("value"), one.get("critical")
        ratio = value / critical if value and critical else None
        times = f", {ratio:.1f} times the critical {number(critical)}" if ratio else ""
        yield Text.assemble(
            plain(str(one["feature"]), "bold"),
            f": {one.get('statistic', 'distance')} {number(value)}{times}, of {one.get('samples', 0):,} rows",
        )


def _labels(found: Explanation) -> Iterator[Text]:
    labels = found.standing.labels
    if labels:
        lag = f"; half of them come within {labels['lagP50']}" if labels.get("lagP50") else ""
        yield Text(f"{share(labels.get('coverage'))} of the mature predictions have a label{lag}")
