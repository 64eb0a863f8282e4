"""The last words of the trial: what was seen, and how to see it of another model."""

import textwrap
from collections.abc import Iterator

from modelmonitor.cli.statistics.asking import Document
from trial import verdicts
from trial.story import Told

WIDTH = 100
_OWN = """\
With your own model, in three terminals:

  modelmonitor profile table.csv --target churned --score score -o reference.json
  modelmonitor evaluator --config config.json --reference reference.json --upstream 127.0.0.1:8080
  modelmonitor stats --watch

docs/evaluator.md tells how to write config.json and where to send labels; docs/sdk.md is for code without
HTTP; docs/reference/metrics.md lists what Prometheus scrapes from http://127.0.0.1:9464/metrics.
"""


def words(told: Told) -> str:
    """Write them."""
    return f"{textwrap.fill(' '.join(_seen(told)), WIDTH)}\n\n{_OWN}"


def _seen(told: Told) -> Iterator[str]:
    after = told.after
    yield (
        f"{after['predictions']['count']:,} predictions went through the evaluator as they were, "
        f"{after['coverage']['explicit']:,} met their truth later, {_lost(after)}."
    )
    yield (
        f"For {told.rise:.0f} seconds customers were those of the sample: {verdicts.drift(told.before)} "
        f"was found, and {verdicts.right(told.before):.0%} of the predictions turned out right."
    )
    yield (
        f"Then prices rose and younger customers came: {verdicts.drift(after)} was found, and of the "
        f"predictions made from then on {verdicts.right(after, told.between):.0%} were right."
    )
    yield "Counters only grow, so what happened in between is a subtraction: that is how alerts see a window."


def _lost(found: Document) -> str:
    losses = found["losses"]
    return f"{sum(losses.values()):,} were not counted ({', '.join(losses)})" if losses else "none was lost"
