"""A table becomes a profile: two readings and what is decided between them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from modelmonitor.cli.profiling import inference, roles
from modelmonitor.cli.profiling import outcomes as predicted
from modelmonitor.cli.profiling.assembly import Assembly
from modelmonitor.cli.profiling.request import ROWS_PER_CELL, Request
from modelmonitor.cli.profiling.sources import Chunk, Source
from modelmonitor.cli.profiling.survey import Survey
from modelmonitor.errors import Problem, SpecInvalid
from modelmonitor.wire.profile import Profile

Watch = Callable[[str, Iterable[Chunk]], Iterable[Chunk]]
"""Passes chunks on and shows how far a reading, which has a name, has come."""


@dataclass(frozen=True, slots=True)
class Profiled:
    """A profile and what was found on the way."""

    profile: Profile
    features: inference.Features
    notes: tuple[str, ...]


def profiled(request: Request, source: Source, watch: Watch) -> Profiled:
    """Read a table twice and return its profile.

    Raises
    ------
    SpecInvalid
        With everything that keeps it from being a reference.
    """
    if problems := list(roles.problems(request, source)):
        raise SpecInvalid(problems)
    columns = tuple(name for name in request.read(source.names) if name not in source.unusable)
    survey = Survey(request, columns)
    for chunk in watch("survey", source.chunks(columns)):
        survey.add(chunk)
    features, outcomes = inference.features(request, source, survey), predicted.outcomes(request, survey)
    if problems := [*_rows(request, survey), *features.problems, *outcomes.problems]:
        raise SpecInvalid(problems)
    assembly = Assembly(request, survey, features, outcomes)
    for chunk in watch("count", source.chunks(assembly.columns)):
        assembly.add(chunk)
    if assembly.rows != survey.rows:
        got = f"{survey.rows:,} rows at the first reading and {assembly.rows:,} at the second"
        raise SpecInvalid([Problem("", "a file that does not change", got, "run again once it is written")])
    return Profiled(assembly.profile(), features, tuple(_notes(request, source, survey)))


def _rows(request: Request, survey: Survey) -> Iterator[Problem]:
    least = ROWS_PER_CELL * request.cells
    if survey.rows < least:
        remedy = f"take more rows, or fewer cells: --cells {max(survey.rows // ROWS_PER_CELL, 2)}"
        expected = f"at least {least}: {ROWS_PER_CELL} for each of {request.cells} cells"
        yield Problem("rows", expected, f"{survey.rows}", remedy)


def _notes(request: Request, source: Source, survey: Survey) -> Iterator[str]:
    if source.remark:
        yield source.remark
    named = (("target", request.target), ("prediction", request.prediction), ("score", request.score))
    for role, name in named:
        missing = survey.columns[name].missing if name else 0
        if missing:
            yield f"{missing:,} of {survey.rows:,} rows have no {role}: quality is that of the others"
    if request.target is None:
        yield "no --target: the profile has no quality, and nothing to compare quality with"
    elif not (request.prediction or request.scores):
        yield "neither --prediction nor --score: the profile has neither quality nor drift of either"
