"""The examples as `modelmonitor generate` renders them, each with its reference."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelmonitor import plan
from modelmonitor.api import ModelMonitor
from modelmonitor.cli import monitors, rendering, sources
from modelmonitor.cli.references import References
from modelmonitor.cli.sources import Source
from modelmonitor.plan import Plan, Settings
from modelmonitor.wire.profile import Profile
from reference import references

ROOT = Path(__file__).parents[2]
FOLDER = references.EXAMPLES / "_generated"


@dataclass(frozen=True, slots=True)
class Example:
    """A monitor, the file that it is in, and the reference that it names."""

    file: str
    monitor: ModelMonitor
    profile: Profile | None

    def plan(self) -> Plan:
        """Plan what becomes of it."""
        return plan.plan(self.monitor, Settings(), self.profile)


@functools.cache
def examples() -> tuple[Example, ...]:
    """Return the monitors of all examples.

    Raises
    ------
    SystemExit
        If an example is not valid.
    """
    read = monitors.load(_sources(), "default")
    known = References.of(read, None)
    found = tuple(
        Example(Path(one.source.name).name, one.monitor, known.examine(one)) for one in tuple(read.found)
    )
    if read.findings:
        raise SystemExit("\n".join(map(str, read.findings)))
    return found


def _sources() -> Iterator[Source]:
    """Yield what is written by hand, and the references as they will be."""
    made = {ROOT / path: text for path, text in references.files().items()}
    for path in sorted((ROOT / references.EXAMPLES).glob("*.yaml")):
        if path not in made:
            yield sources.read(str(path))
    for path, text in made.items():
        yield Source(str(path), text())


def files() -> dict[Path, functools.partial[str]]:
    """Return the rendered objects of each example, by path, without dashboards: nobody reads their JSON."""
    request = rendering.Request(Settings())
    rendered = [file for it in examples() for file in rendering.render(it.monitor, request, it.profile).files]
    return {
        FOLDER / file.name: functools.partial(str, file.text)
        for file in rendered
        if "-dashboard-" not in file.name
    }
