"""What the columns are, and why some cannot be used, from what the first reading found."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modelmonitor.cli.profiling.cells import NESTED
from modelmonitor.cli.profiling.request import Request
from modelmonitor.cli.profiling.sources import Source
from modelmonitor.cli.profiling.survey import ColumnSurvey, Survey
from modelmonitor.errors import Problem
from modelmonitor.wire.names import OTHER
from modelmonitor.wire.profile import ColumnType

MOST_CATEGORIES = 50
RAREST_SHARE = 0.001
"""Of the rows; rarer categories are counted as others: a live window has none of them, which is no drift."""
_LEAST_SHARE = 0.1
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}( .*)?").fullmatch
_ID = re.compile(r"(.*[_\W])?id", re.IGNORECASE).fullmatch
_COMMA = re.compile(r"-?\d+,\d+").fullmatch


@dataclass(frozen=True, slots=True)
class Features:
    """The features that can be used, with their types; and why others cannot."""

    types: Mapping[str, ColumnType]
    excluded: Mapping[str, str]
    remarks: Mapping[str, str]
    """What is worth a word about those that are used."""
    problems: tuple[Problem, ...]


def features(request: Request, source: Source, survey: Survey) -> Features:
    """Decide what each feature is."""
    types: dict[str, ColumnType] = {}
    excluded: dict[str, str] = {}
    remarks: dict[str, str] = {}
    problems: list[Problem] = []
    for name in request.features(source.names):
        column = survey.columns.get(name)
        if reason := source.unusable.get(name) or (_useless(column, survey.rows) if column else ""):
            excluded[name] = reason
        elif column and (problem := _mixed(name, column, source.first_row)):
            problems.append(problem)
        elif column:
            types[name] = _type(column)
            remarks[name] = _remark(name, column)
    if not types and not problems:
        listed = "; ".join(f"{name}: {why}" for name, why in excluded.items()) or "no column beside them"
        problems.append(Problem("features", "at least one that can be counted", "none", listed[:500]))
    return Features(types, excluded, remarks, (*problems, *_slices_lost(request, excluded)))


def categories(column: ColumnSurvey) -> tuple[str, ...]:
    """Return the categories that are told apart, the most frequent first."""
    most = column.texts.most_frequent(MOST_CATEGORIES + 1)
    least = RAREST_SHARE * column.rows
    return tuple(name for name in most if name != OTHER and column.texts.rows[name] >= least)[
        :MOST_CATEGORIES
    ]


def _type(column: ColumnSurvey) -> ColumnType:
    return column.type or (ColumnType.NUMERIC if column.numbers.count else ColumnType.CATEGORICAL)


def _useless(column: ColumnSurvey, rows: int) -> str:
    """Say why a column cannot tell of drift, or return an empty text."""
    if column.missing == rows:
        return "always missing"
    if NESTED in column.texts.rows:
        return "of lists or objects"
    if not column.numbers.count and not column.texts.rows:
        first = column.example[1] if column.example else "inf"
        return f"without a finite number, the first value is {first!r}"
    return "" if column.type or column.numbers.count else _useless_texts(column, rows)


def _useless_texts(column: ColumnSurvey, rows: int) -> str:
    texts, present = column.texts.rows, rows - column.missing
    if all(map(_DATE, texts)):
        return "of dates: what they mean for the model (weekday, age) is not in them"
    if all(map(_COMMA, texts)):
        return "of numbers with a decimal comma: write them with a point"
    top = sum(texts[name] for name in categories(column))
    if len(texts) > MOST_CATEGORIES and (len(texts) > present / 2 or top < present * _LEAST_SHARE):
        many = f"{_many(column)} different texts in {present:,} rows, such as an id or a name"
        return f"{many}; --type COLUMN=categorical would count the {MOST_CATEGORIES} commonest"
    return ""


def _mixed(name: str, column: ColumnSurvey, first_row: int) -> Problem | None:
    if column.type or not (column.wrong and column.numbers.count):
        return None
    row, text = column.example or (0, "")
    texts = f"{column.wrong:,} texts, the first {text[:40]!r} in line {first_row + row}"
    got = f"{column.numbers.count:,} numbers and {texts}"
    remedy = f"--type {name}=numeric counts the texts as missing, {name}=categorical the numbers as texts"
    return Problem(f"column {name}", "numbers or texts", got, remedy)


def _remark(name: str, column: ColumnSurvey) -> str:
    said = []
    distinct = column.numbers.distinct() if column.numbers.count else None
    if (distinct is not None and len(distinct) == 1) or (
        not column.numbers.count and len(column.texts.rows) == 1
    ):
        said.append("constant: any other value is drift")
    if column.numbers.count and column.numbers.whole() and _ID(name):
        said.append(f"an id? then --id {name}")
    if column.wrong and column.type is ColumnType.NUMERIC:
        said.append(f"{column.wrong:,} texts counted as missing")
    if column.infinite:
        said.append(f"{column.infinite:,} infinite values in the outermost cells")
    if _type(column) is ColumnType.CATEGORICAL and (kept := len(categories(column))) < len(column.texts.rows):
        said.append(f"the {kept} commonest of {_many(column)} texts")
    return ", ".join(said)


def _many(column: ColumnSurvey) -> str:
    return f"{'more than ' if column.texts.lost else ''}{len(column.texts.rows):,}"


def _slices_lost(request: Request, excluded: Mapping[str, str]) -> Iterator[Problem]:
    for name in dict.fromkeys((*request.segments, *request.groups)):
        if name in excluded:
            yield Problem(f"column {name}", "a few values, to tell rows apart", f"one {excluded[name]}")
