"""What is wrong with what was given is said, all of it, and nothing is started."""

import json
from pathlib import Path

import pytest

from cli.backtest import worlds
from cli.backtest.conftest import Folder

pytestmark = pytest.mark.promtool

Lines = list[dict[str, object]]


def write(folder: Folder, lines: Lines) -> Path:
    path = folder.path / "given.ndjson"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def refused(folder: Folder, lines: Lines, *more: str) -> str:
    ended = folder.backtest(write(folder, lines), *more)
    assert ended.returncode == 1, ended.stdout
    assert ended.stdout == ""
    assert all(line.startswith("backtest: ") for line in ended.stderr.splitlines())
    return ended.stderr


def test_all_columns_that_are_not_there_are_named_at_once(folder: Folder, lines: Lines) -> None:
    kept = [{"zeit": line["time"], "score": line["score"], "plan": line["plan"]} for line in lines]
    said = refused(folder, kept)
    for text in ("--time: expected a column", "--id: expected", "--target: expected", "'age' missing"):
        assert text in said


def test_a_name_that_is_nearly_right_is_proposed(folder: Folder, lines: Lines) -> None:
    said = refused(folder, lines, "--time", "tme")
    assert "did you mean 'time'?" in said


def test_rows_out_of_order_are_refused_with_the_first_of_them(folder: Folder, lines: Lines) -> None:
    lines[100], lines[2000] = lines[2000], lines[100]
    said = refused(folder, lines)
    assert "row 102: expected times in ascending order" in said
    assert "sort the file" in said


def test_rows_that_are_a_little_late_are_no_matter(folder: Folder, lines: Lines) -> None:
    lines[100], lines[105] = lines[105], lines[100]
    assert folder.backtest(write(folder, lines), "-q", "-o", "json").returncode == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("yesterday", "expected times such as 2026-03-01T12:00:00Z"),
        (None, "got none"),
        ("2099-01-01T00:00:00Z", "expected a time in the past"),
    ],
)
def test_times_that_are_none_are_named(value: object, expected: str, folder: Folder, lines: Lines) -> None:
    texts = [{**line, "time": f"2026-01-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"}
             for number, line in enumerate(lines[:4000])]  # fmt: skip
    texts[41]["time"] = value
    said = refused(folder, texts)
    assert "--time time, row 42: " in said
    assert expected in said


def test_a_number_that_is_no_time_is_named_with_its_unit(folder: Folder, lines: Lines) -> None:
    lines[41]["time"] = 17
    said = refused(folder, lines)
    assert "row 42: expected a time after 1971, got '17', read as 17 seconds; check the unit" in said


def test_a_row_of_another_age_is_refused_with_the_gap(folder: Folder, lines: Lines) -> None:
    lines[0]["time"] = worlds.START - 3000 * 86_400
    said = refused(folder, lines)
    assert "expected rows within 732 days" in said
    assert "none from 2017-10-15 00:00 to 2026-01-01 00:00" in said
    assert "--since" in said


@pytest.mark.parametrize("content", ["", "time,score\n"])
def test_a_table_without_rows_is_refused(content: str, folder: Folder) -> None:
    (folder.path / "empty.csv").write_text(content)
    ended = folder.backtest("empty.csv")
    assert ended.returncode == 1
    assert "backtest: expected " in ended.stderr or "missing" in ended.stderr


def test_a_time_without_rows_is_refused_with_what_there_is(folder: Folder, lines: Lines) -> None:
    said = refused(folder, lines, "--since", "2026-02-01")
    assert "--since, --until: expected a time in which there are rows, got rows from 2026-01-01 00:00" in said


def test_the_programs_are_asked_for_where_they_are_missing(folder: Folder) -> None:
    ended = folder.backtest("quiet.ndjson", PATH="/nowhere")
    assert ended.returncode == 1
    assert (
        "backtest: --prometheus: expected the program prometheus, got none on the PATH; install"
        in ended.stderr
    )
    assert "backtest: --promtool: " in ended.stderr


def test_a_program_that_is_another_one_is_told_by_what_it_says(folder: Folder) -> None:
    fake = folder.path / "prometheus"
    fake.write_text("#!/bin/sh\necho 'no such option' >&2\nexit 2\n")
    fake.chmod(0o755)
    ended = folder.backtest("quiet.ndjson", "--prometheus", fake)
    assert ended.returncode == 1
    assert "prometheus: expected it to start, got its end; it said: no such option" in ended.stderr


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("kind: Secret\n", "expected a ConfigMap or a profile, got no ConfigMaps"),
        ("{", "expected a whole JSON document"),
        (":\n -", "churn-reference.yaml:1: expected"),
    ],
)
def test_a_reference_that_is_none_is_refused(content: str, expected: str, folder: Folder) -> None:
    (folder.path / "churn-reference.yaml").write_text(content)
    ended = folder.backtest("quiet.ndjson")
    assert ended.returncode == 1
    assert expected in ended.stderr


def test_a_monitor_with_mistakes_is_refused_with_its_lines(folder: Folder) -> None:
    text = (folder.path / "churn.yaml").read_text().replace("objective: 99", "objective: 100")
    (folder.path / "churn.yaml").write_text(text)
    ended = folder.backtest("quiet.ndjson")
    assert ended.returncode == 1
    assert "churn.yaml:" in ended.stderr
    assert "expected" in ended.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--labels", "quiet.ndjson"),
        ("--label-time", "time"),
        ("--label-delay", "5m"),
        ("--since", "2026-01-02", "--until", "2026-01-01"),
        ("--step", "10m"),
        ("--since", "soon"),
        ("-o", "report.pdf"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(options: tuple[str, ...], folder: Folder) -> None:
    ended = folder.backtest("quiet.ndjson", *options, roles=("--score", "score"))
    assert ended.returncode == 2
