"""The profile is one of the rows, not of the file they stand in."""

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from cli.profiling import tables
from cli.profiling.tables import CHURN, FORMATS, InChunks
from modelmonitor.cli.profiling.delimited import Delimited
from modelmonitor.cli.profiling.sources import Source

NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
WHOLE = st.one_of(st.none(), st.integers(-(2**53), 2**53))
FEW = st.integers(0, 3)
TEXTS = st.one_of(st.none(), st.sampled_from(["a", "b,b", 'c"c', "d\nd", "é", "f;f", " g", "#"]))
BOOLEANS = st.booleans()
COLUMNS = {"x": NUMBERS, "n": WHOLE, "few": FEW, "text": TEXTS, "flag": BOOLEANS}


@st.composite
def any_table(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows = draw(st.integers(40, 70))
    return {name: draw(st.lists(it, min_size=rows, max_size=rows)) for name, it in COLUMNS.items()}


@hypothesis.given(table=any_table())
@hypothesis.settings(max_examples=30, suppress_health_check=list(hypothesis.HealthCheck))
def test_csv_parquet_and_json_lines_of_the_same_rows_have_the_same_profile(
    table: dict[str, list[Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("table")
    files = [tables.write(folder / f"t.{kind}", table) for kind in FORMATS]
    found = [tables.of_file(path, cells=2) for path in files]
    slow = tables.of_source(standard_library(files[0]), cells=2)
    assert {it.profile for it in (*found, slow)} == {tables.of_table(table, cells=2).profile}


def standard_library(path: Path) -> Source:
    with path.open(newline="") as file:
        names = tuple(file.readline().strip().split(","))
    return Delimited(path, names, ",")


@hypothesis.given(
    table=any_table(), sizes=st.lists(st.integers(1, 30), min_size=1, max_size=4), seed=st.integers()
)
@hypothesis.settings(max_examples=40)
def test_neither_chunks_nor_the_order_of_rows_change_the_profile(
    table: dict[str, list[Any]], sizes: list[int], seed: int
) -> None:
    order = list(range(len(table["x"])))
    random.Random(seed).shuffle(order)
    shuffled = {name: [values[at] for at in order] for name, values in table.items()}
    whole = tables.of_table(table, cells=2).profile
    assert tables.of_source(InChunks(table, sizes), cells=2).profile == whole
    assert tables.of_source(InChunks(shuffled, sizes), cells=2).profile == whole


@pytest.mark.parametrize("seed", range(3))
def test_nor_do_they_change_its_quality_and_its_edges_of_scores(seed: int) -> None:
    table = tables.customers(seed=seed)
    order = random.Random(seed).sample(range(600), 600)
    shuffled = {name: [values[at] for at in order] for name, values in table.items()}
    for request in (CHURN, {"target": "spent", "prediction": "score", "ids": ("id",)}):
        whole = tables.of_table(table, **request).profile
        assert whole.metrics
        assert tables.of_source(InChunks(shuffled, (7, 100)), **request).profile == whole


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_separates_columns_is_seen_in_the_header(delimiter: str, tmp_path: Path) -> None:
    table = tables.customers()
    path = tables.write(tmp_path / "t.csv", table)
    path.write_text(path.read_text().replace(",", delimiter))
    assert tables.of_file(path, **CHURN).profile == tables.of_table(table, **CHURN).profile


def test_a_mark_of_byte_order_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    table = tables.customers()
    path = tables.write(tmp_path / "t.csv", table)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    expected = tables.of_table(table, **CHURN).profile
    assert tables.of_file(path, **CHURN).profile == expected
    names = tuple(table)
    assert tables.of_source(Delimited(path, names, ","), **CHURN).profile == expected
    lines = tables.write(tmp_path / "t.ndjson", table)
    lines.write_bytes(b"\xef\xbb\xbf" + lines.read_bytes().replace(b"\n", b"\r\n"))
    assert tables.of_file(lines, **CHURN).profile == expected


def test_a_file_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    table = tables.customers()
    path = tables.write(tmp_path / "t.parquet", table).rename(tmp_path / "t.csv")
    assert tables.of_file(path, **CHURN).profile.rows == 600


def test_keys_of_json_lines_may_come_in_any_order_and_be_left_out_where_missing(tmp_path: Path) -> None:
    table = tables.customers()
    path = tables.write(tmp_path / "t.ndjson", table)
    path.write_text(path.read_text().replace('"age": null, ', "") + "\n")
    expected = tables.of_table(table, **CHURN).profile
    found = tables.of_file(path, **CHURN).profile
    assert {it.name: it for it in found.columns} == {it.name: it for it in expected.columns}


def test_nan_in_json_lines_as_python_writes_it_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "t.ndjson"
    path.write_text("".join(f'{{"a": {"NaN" if it % 10 == 0 else it}}}\n' for it in range(300)))
    assert tables.of_file(path).profile.columns[0].missing == 30


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys({blocked!r}))
from modelmonitor.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("kind", FORMATS)
def test_without_pyarrow_and_msgspec_all_but_parquet_still_works(kind: str, tmp_path: Path) -> None:
    table = tables.customers()
    path = tables.write(tmp_path / f"t.{kind}", table)
    script = WITHOUT.format(blocked=["pyarrow", "msgspec"])
    options = "--target churned --prediction prediction --score score --positive-class yes --id id"
    ended = subprocess.run(
        [sys.executable, "-c", script, "profile", str(path), *options.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    if kind == "parquet":
        assert ended.returncode == 1
        assert "expected pyarrow, to read Parquet" in ended.stderr
        assert "pip install 'modelmonitor[parquet]'" in ended.stderr
    else:
        assert tables.of_table(table, **CHURN).profile.hash in ended.stdout, ended.stderr
        assert ("ten times as fast" in ended.stdout) == (kind == "csv")
