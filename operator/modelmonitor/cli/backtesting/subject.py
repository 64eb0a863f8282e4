"""The model that a backtest is about: its monitor, held against its reference."""

from dataclasses import dataclass

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.cli import answers, reading
from modelmonitor.cli.references import References
from modelmonitor.errors import Problem
from modelmonitor.plan import evaluation
from modelmonitor.wire.profile import Profile
from modelmonitor.wire.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Subject:
    """A monitor, its reference, and what both say together."""

    monitor: ModelMonitor
    profile: Profile | None
    scheme: Scheme

    @classmethod
    def of(cls, monitor: ModelMonitor, profile: Profile | None) -> "Subject":
        """Hold a monitor against its reference; SpecInvalid when the two do not fit."""
        return cls(monitor, profile, evaluation.evaluated(monitor, profile))


def read(path: str, namespace: str, reference: str | None) -> Subject | None:
    """Read the only monitor of a file or folder; where it is not good, say everything that is wrong."""
    found = reading.monitors((path,), namespace)
    references = References.of(found, reference)
    profiles = [references.examine(one) for one in found.found]
    found.miss_none()
    if len(profiles) > 1:
        titles = ", ".join(one.title for one in found.found)
        problem = Problem("metadata.name", f"one {wire.KIND}", titles, "give the file of one")
        found.findings.append(found.found[1].locate(problem))
    if found.findings:
        answers.say(found, quiet=True)
        return None
    return Subject.of(found.found[0].monitor, profiles[0])
