"""From the mounted files to a scheme, or to the reason why this evaluator is a plain tee."""

import enum
import json
from dataclasses import dataclass
from pathlib import Path

from modelmonitor.errors import Problem, SpecInvalid
from modelmonitor.evaluator.ingest import Ingest
from modelmonitor.series import budget
from modelmonitor.wire import reading
from modelmonitor.wire.config import EvaluatorConfig
from modelmonitor.wire.profile import Profile
from modelmonitor.wire.scheme import Scheme, scheme


class State(enum.StrEnum):
    """What this evaluator does: the label `state` of `evaluator_info`."""

    COUNTING = "counting"
    UNCONFIGURED = "unconfigured"
    """No config: a tee that counts requests."""
    INVALID = "invalid"
    """A config or reference that cannot be used: the last good one stays; without one, a tee."""
    OVER_BUDGET = "over_budget"
    """The config asks for more series than it allows: as invalid."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the files say."""

    state: State
    scheme: Scheme | None = None
    complaint: str = ""
    """What is wrong, in words for the log and for `/v1/stats`."""
    refused: EvaluatorConfig | None = None
    """A config that is over its budget: it still names the monitor and its latency thresholds."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The files; one that does not exist is as if it had not been named, for both may be optional mounts."""

    config: Path | None = None
    reference: Path | None = None

    def texts(self) -> tuple[bytes | None, bytes | None]:
        """Read both files; None where there is none."""
        return _content(self.config), _content(self.reference)

    def load(self, texts: tuple[bytes | None, bytes | None]) -> Loaded:
        """Make a scheme of what `texts` returned; never raises."""
        config, reference = texts
        if config is None:
            return Loaded(State.UNCONFIGURED, complaint=f"no config at {self.config}" if self.config else "")
        try:
            found = scheme(
                reading.read(EvaluatorConfig, _document(config, str(self.config))),
                None if reference is None
                else reading.read(Profile, _document(reference, str(self.reference)), "reference"),
            )  # fmt: skip
            Ingest(found)  # which reads the paths into documents
        except SpecInvalid as error:
            return Loaded(State.INVALID, complaint=str(error))
        too_many = budget.complaint(found)
        if too_many:
            return Loaded(State.OVER_BUDGET, complaint=too_many, refused=found.config)
        return Loaded(State.COUNTING, found)


def _content(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return f"unreadable: {error.strerror}".encode()


def _document(text: bytes, where: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        got = f"{text[:30]!r}… ({error})"
        raise SpecInvalid([Problem(where, "a JSON document", got, "correct the file")]) from error
