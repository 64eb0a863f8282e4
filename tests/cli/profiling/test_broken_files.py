"""A file that is not what its format asks for is refused with the lines that are wrong."""

import json
from pathlib import Path

import pytest

from cli.profiling import tables
from modelmonitor.cli.profiling.delimited import Delimited
from modelmonitor.errors import SpecInvalid

BROKEN = [
    (
        "a,b\n1,2\n3\n4,5\n6,7,8\n",
        [
            "line 3: expected 2 cells, as the header has, got 1",
            "line 5: expected 2 cells, as the header has, got 3",
        ],
    ),
    (
        b"a,b\n1,2\n3,caf\xe9\n",
        [
            (
                "line 3: expected UTF-8, got the byte 0xe9; "
                "iconv -f latin1 -t utf-8 FILE | modelmonitor profile -"
            )
        ],
    ),
    (b"a,b\n1,2\n3,\xc3", ["line 3: expected UTF-8, got a file that ends inside of a character"]),
    (
        b"\xff\xfea\x00",
        [
            (
                "expected CSV, Parquet, or JSON with one object a line, got UTF-16; "
                "iconv -f utf-16 -t utf-8 FILE | modelmonitor profile -"
            )
        ],
    ),
    (
        b"\x1f\x8b\x08",
        [
            (
                "expected CSV, Parquet, or JSON with one object a line, got gzip; "
                "gunzip -c FILE | modelmonitor profile -"
            )
        ],
    ),
    ("", ["expected a table with a header, got an empty file"]),
    (
        '[{"a": 1}]',
        [
            (
                "expected CSV, Parquet, or JSON with one object a line, got one JSON array; "
                "jq -c '.[]' FILE | modelmonitor profile -"
            )
        ],
    ),
    (
        '{"a": 1}\n[2]\n{"a": \n',
        [
            "line 2: expected a JSON object, got a list",
            "line 3: expected a JSON object, got 'Expecting value' at character 8",
        ],
    ),
    (
        b"PAR1 and nothing",
        [
            (
                "expected Parquet, got Parquet magic bytes not found in footer. "
                "Either the file is corrupted or this is not a parquet file."
            )
        ],
    ),
]


@pytest.mark.parametrize(("content", "said"), BROKEN)
def test_a_broken_file_is_refused_with_its_lines(
    content: str | bytes, said: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "table"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert tables.refusals(path, cells=2) == said


def test_the_standard_library_tells_the_same_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n0\n"1\n1",2\n3\n\n4,5\n6,7,8\n')
    with pytest.raises(SpecInvalid) as refused:
        list(Delimited(path, ("a", "b"), ",").chunks(["a"]))
    assert [it.path for it in refused.value.problems] == ["line 2", "line 5", "line 8"]


def test_many_ragged_lines_are_counted_and_a_few_shown(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1\n" * 1000)
    said = tables.refusals(path)
    assert len(said) == 6
    assert said[-1] == "expected 2 cells in every line, got 995 more such lines; quote cells with delimiters"


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,2\n3,"4\n' + "5,6\n" * 1_200_000)
    (said,) = tables.refusals(path)
    assert "expected rows that end" in said


def test_a_key_that_turns_up_late_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.ndjson"
    lines = [json.dumps({"a": number}) for number in range(120_000)]
    path.write_text("\n".join([*lines, '{"a": 1, "b": 2}']))
    (said,) = tables.refusals(path)
    assert said.endswith("got 'b'; write every key in every line, null where there is no value")
