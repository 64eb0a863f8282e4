"""Where a classification is wrong: which classes it takes for which, and how far scores can be believed."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.plan import names
from modelmonitor.plan.dashboards import charts, style, tables
from modelmonitor.plan.dashboards.choices import Choice
from modelmonitor.plan.dashboards.shapes import About, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.drift.look import one_of
from modelmonitor.wire.names import OTHER
from modelmonitor.wire.numbers import label_number

VARIABLE = "class"
BAND = "band"
ACTUAL, PREDICTED = "actual", "predicted"
_EVERYTHING = (f'{names.SEGMENT}=""', f'{names.MODEL_VERSION}=""')
_OF_EACH = ("Precision", "Recall", "F1", "RocAuc", "PrAuc", "CalibrationError")
_AT_THRESHOLDS = ("Precision", "Recall", "F1", "FalsePositiveRate")
_BAND = (
    (".*e-.*", "0.0"),
    ("0[.]([0-9]).*", "0.$1"),
    ("1[.]0|[+]Inf", "0.9"),
)
"""How the tenth of the scores in which a cell ends follows from its upper edge."""


def choices(records: Records) -> Iterator[Choice]:
    """Yield the choice of a class where there are many; of two classes one is looked for."""
    if records.has(records.of_quality(names.CALIBRATION_ROWS)) and len(_scored(records)) > 1:
        about = "The class whose scores are held against the truth."
        yield Choice.of_texts(VARIABLE, "Class", about, _scored(records))


def sections(records: Records) -> Iterator[Section]:
    """Yield the confusion matrix and the metrics of each class; then calibration and thresholds."""
    if not records.has(records.of_quality(names.CONFUSION)):
        return
    height = min(4 + len(records.scope.scheme.classes), 14)
    lines = [Line(height, (_confusion(records), _shares(records), _each(records)), (7, 7, 10))]
    if records.has(records.of_quality(names.CALIBRATION_ROWS)):
        lines.append(Line(9, (_calibration(records), _scores(records), _thresholds(records)), (7, 7, 10)))
    yield Section(tuple(lines), "Classes and scores")


def _scored(records: Records) -> tuple[str, ...]:
    return records.scope.scheme.scored_classes


def _chosen(records: Records) -> str:
    scored = _scored(records)
    return f'{names.CLASS}=~"${VARIABLE}"' if len(scored) > 1 else one_of(names.CLASS, scored)


def _rows(records: Records, *by: str) -> str:
    """Count rows by class; of those that nobody declared only what there is."""
    rows = f"sum by ({', '.join(by)}) ({records.quality(names.CONFUSION, *_EVERYTHING)})"
    declared = (f'{side}!="{OTHER}"' for side in by)
    known = f"sum by ({', '.join(by)}) ({records.quality(names.CONFUSION, *_EVERYTHING, *declared)})"
    return f"({rows} > 0 or {known})"


def _confusion(records: Records) -> Any:
    about = About(
        "Confusion matrix",
        "Rows by the class that they are of (down) and the class that was predicted (across). Normal: nearly "
        "all on the diagonal. __other__ is a class that nobody declared.",
    )
    query = Query(f"round({_rows(records, ACTUAL, PREDICTED)})", "actual \\ predicted")
    return tables.matrix(about, query, (ACTUAL, PREDICTED), tables.WHOLE)


def _shares(records: Records) -> Any:
    about = About(
        "Of each actual class",
        "The same rows as shares of the class that they are of: the diagonal is the recall of each class. "
        "Normal: the diagonal is the darkest. What is dark beside it is what the model mistakes a class for.",
    )
    cells, rows = _rows(records, ACTUAL, PREDICTED), _rows(records, ACTUAL)
    query = Query(f"{cells} / on ({ACTUAL}) group_left () ({rows} > 0)", "actual \\ predicted")
    look = {
        "unit": "percentunit",
        "decimals": 1,
        "min": 0,
        "max": 1,
        "color": {"mode": "continuous-blues"},
        "custom.cellOptions": {"type": "color-background", "mode": "basic"},
    }
    return tables.matrix(about, query, (ACTUAL, PREDICTED), look)


def _each(records: Records) -> Any:
    about = About(
        "Metrics of each class",
        "Each class against the rest: how many of those predicted are right (precision), how many of those "
        "that are of it were found (recall), and how well its score tells it apart. Normal: rare classes are "
        "worse than frequent ones, but none is at 0.",
    )
    whole = (f'{names.SEGMENT}=""', f'{names.CLASS}!=""', f'{names.THRESHOLD}=""', f'{names.AVERAGE}=""')
    found = records.quality(names.QUALITY, one_of(names.METRIC, _OF_EACH), *whole)
    query = Query(f"max by ({names.CLASS}, {names.METRIC}) ({found})", "class")
    look = {"unit": "short", "decimals": 3, "noValue": style.NOT_ASKED}
    return tables.matrix(about, query, (names.CLASS, names.METRIC), look)


def _by_band(expr: str) -> str:
    """Sum what is known of the cells of the chosen class over tenths of the score."""
    for matched, put in _BAND:
        expr = f'label_replace({expr}, "{BAND}", "{put}", "le", "{matched}")'
    return f"sum by ({BAND}) ({expr})"


def _of_cells(records: Records, record: str) -> str:
    return records.quality(record, _chosen(records))


def _calibration(records: Records) -> Any:
    about = About(
        "Calibration",
        "For each tenth of the scores, how many rows turned out to be of the class, over the score that "
        "they had on average. Normal: on the dashed line, where 0.8 means that eight of ten are. Above it "
        "the model is too cautious, below it too sure of itself. Tenths with few rows waver.",
    )
    rows = _of_cells(records, names.CALIBRATION_ROWS)
    every = f"({_by_band(rows)} > 0)"
    said, found = (
        f"{_by_band(f'{_of_cells(records, it)} * {rows}')} / {every}"
        for it in (names.CALIBRATION_SCORE, names.CALIBRATION_SHARE)
    )
    scale = Scale("percentunit", 0, low=0, high=1)
    return charts.curve(about, Query(said, "score"), [Query(found, "actual"), Query(said, "ideal")], scale)


def _scores(records: Records) -> Any:
    about = About(
        "Rows by score",
        "Mature, labelled rows in each tenth of the scores. Normal: as in the reference. Few rows in a "
        "tenth: do not believe its calibration. All in the middle: the model has become unsure.",
    )
    asked = Query(_by_band(_of_cells(records, names.CALIBRATION_ROWS)), "rows")
    return charts.beside(about, (BAND, BAND), [asked], Scale("short", 0, low=0))


def _thresholds(records: Records) -> Any:
    used = label_number(records.scope.scheme.config.model.decision_threshold)
    about = About(
        "Other thresholds",
        "What another decision would bring: the metrics if a score of at least so much were the class. The "
        f"threshold in use is {used}. Normal: precision rises and recall falls from line to line; choose "
        "what your costs ask for.",
    )
    whole = (f'{names.SEGMENT}=""', f'{names.THRESHOLD}!=""', _chosen(records))
    found = records.quality(names.QUALITY, one_of(names.METRIC, _AT_THRESHOLDS), *whole)
    query = Query(f"max by ({names.THRESHOLD}, {names.METRIC}) ({found})", "threshold")
    look = {"unit": "short", "decimals": 3}
    return tables.matrix(about, query, (names.THRESHOLD, names.METRIC), look)
