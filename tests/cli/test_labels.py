"""`modelmonitor labels push`: every label has an outcome, whatever the file and the evaluator are like."""

import json
import os
import pty
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from cli.running import MODELMONITOR
from client.evaluators import Evaluator, listening


@pytest.fixture
def evaluator() -> Iterator[Evaluator]:
    with listening(Evaluator()) as evaluator:
        yield evaluator


PUSH = ("labels", "push")


def test_a_csv_with_columns_of_its_own_is_sent(modelmonitor, evaluator, tmp_path):
    (tmp_path / "churned.csv").write_text(
        "customer,churned,known\n"
        "007,yes,2026-11-26T12:00:00Z\n"
        "1e5,1,2026-11-26\n"
        "c,0.50,1764158400\n"
        'd,"[""x"", ""y""]",2026-11-26 12:00:00\n'
        "e,007,1764158400.5\n"
        "f,True,\n"
    )
    ended = modelmonitor(
        *PUSH,
        "churned.csv",
        "--url",
        evaluator.url,
        "--id",
        "customer",
        "--actual",
        "churned",
        "--time",
        "known",
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[0].split() == ["OUTCOME", "LABELS", "MEANING"]
    assert ended.stdout.splitlines()[1].split()[:2] == ["joined", "6"]
    assert evaluator.labels == [
        {"id": "007", "actual": "yes", "time": 1795694400.0},
        {"id": "1e5", "actual": 1, "time": 1795651200.0},
        {"id": "c", "actual": 0.5, "time": 1764158400.0},
        {"id": "d", "actual": ["x", "y"], "time": 1795694400.0},
        {"id": "e", "actual": "007", "time": 1764158400.5},
        {"id": "f", "actual": True},
    ]


def test_ndjson_keeps_its_types_and_may_come_from_a_pipe(modelmonitor, evaluator):
    lines = '{"id": 7, "actual": "1"}\n\n{"id": "b", "actual": [1, 2], "more": null}\n'
    assert modelmonitor(*PUSH, "-", "--url", evaluator.url, stdin=lines).returncode == 0
    assert evaluator.labels == [{"id": "7", "actual": "1"}, {"id": "b", "actual": [1, 2]}]


def test_parquet_is_sent_in_batches(modelmonitor, evaluator, tmp_path):
    ids = [f"id-{number}" for number in range(1234)]
    table = pa.table({"id": ids, "actual": [number % 2 for number in range(1234)], "unused": ids})
    parquet.write_table(table, tmp_path / "labels.parquet")
    assert modelmonitor(*PUSH, "labels.parquet", "--url", evaluator.url).returncode == 0
    assert [it["id"] for it in evaluator.labels] == ids
    assert evaluator.labels[1] == {"id": "id-1", "actual": 1}
    assert evaluator.requests == 3


def test_without_pyarrow_parquet_says_what_to_install(modelmonitor, evaluator, tmp_path):
    (tmp_path / "absent" / "pyarrow").mkdir(parents=True)
    (tmp_path / "absent" / "pyarrow" / "__init__.py").write_text("raise ImportError('absent')")
    (tmp_path / "labels.parquet").write_bytes(b"PAR1")
    ended = modelmonitor(*PUSH, "labels.parquet", "--url", evaluator.url, PYTHONPATH=str(tmp_path / "absent"))
    assert ended.returncode == 1
    assert "pip install 'modelmonitor[parquet]'" in ended.stderr


def write(folder: Path, count: int = 3) -> Path:
    path = folder / "labels.csv"
    path.write_text("id,actual\n" + "".join(f"{number},1\n" for number in range(count)))
    return path


def test_a_label_that_comes_before_its_prediction_is_sent_again_and_no_other(
    modelmonitor, evaluator, tmp_path
):
    evaluator.known = lambda name: name != "1" or sum(it["id"] == "1" for it in evaluator.labels) > 1
    ended = modelmonitor(*PUSH, write(tmp_path), "--url", evaluator.url, "-o", "json")
    assert ended.returncode == 0
    assert json.loads(ended.stdout) == {"labels": 3, "outcomes": {"joined": 3}, "problem": None}
    assert [it["id"] for it in evaluator.labels] == ["0", "1", "2", "1"]


def test_labels_that_stay_unknown_end_with_status_1(modelmonitor, evaluator, tmp_path):
    evaluator.known = lambda name: name == "0"
    ended = modelmonitor(*PUSH, write(tmp_path), "--url", evaluator.url, "--wait", "0.6")
    assert ended.returncode == 1
    assert "unknown       2  no such prediction was seen" in ended.stdout
    assert len(evaluator.labels) > 5


def test_an_evaluator_that_is_away_for_a_while_gets_them_all(modelmonitor, evaluator, tmp_path):
    def reset(handler):
        handler.close_connection = True

    evaluator.answers = [503, reset, 503]
    ended = modelmonitor(*PUSH, write(tmp_path, 700), "--url", evaluator.url, "-o", "json")
    assert json.loads(ended.stdout)["outcomes"] == {"joined": 700}
    assert [it["id"] for it in evaluator.labels] == [str(number) for number in range(700)]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_names_the_option(modelmonitor, evaluator, tmp_path, status):
    evaluator.answers = [status]
    ended = modelmonitor(*PUSH, write(tmp_path), "--url", evaluator.url)
    assert ended.returncode == 1
    assert "--token-file" in ended.stderr


def test_the_token_of_a_file_is_shown(modelmonitor, evaluator, tmp_path):
    (tmp_path / "token").write_text("secret\n")
    ended = modelmonitor(*PUSH, write(tmp_path), "--url", evaluator.url, "--token-file", "token")
    assert ended.returncode == 0
    assert evaluator.tokens == {"Bearer secret"}


@pytest.mark.parametrize("status", [202, 400, 404, 500])
def test_an_answer_that_is_no_evaluators_ends_it(modelmonitor, evaluator, tmp_path, status):
    evaluator.answers = [status]
    ended = modelmonitor(*PUSH, write(tmp_path), "--url", evaluator.url, "-o", "json")
    assert ended.returncode == 1
    assert "is this an evaluator?" in json.loads(ended.stdout)["problem"]


def test_nobody_at_the_address_is_said_with_the_address(modelmonitor, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://user:secret@127.0.0.1:{taken.getsockname()[1]}"
        ended = modelmonitor(*PUSH, write(tmp_path), "--url", url, "--wait", "0.1")
    assert ended.returncode == 1
    assert "Connection refused" in ended.stderr
    assert "secret" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"id,truth\n1,2\n", "a.csv:2: expected the column 'actual', got id, truth;"),
        ("a.csv", b"id,actual\n1\n", "a.csv:2: expected a value for each column, got fewer"),
        ("a.csv", b"id,actual\n1,2,3\n", "a.csv:2: expected a value for each column, got more"),
        ("a.csv", b"id,actual\n,2\n", "a.csv:2: expected an id, got nothing"),
        ("a.csv", b"id,actual\n\xff,2\n", "expected CSV in UTF-8"),
        ("a.ndjson", b'{"id": 1, "actual"\n', "a.ndjson:1: expected a JSON object on each line"),
        ("a.jsonl", b"[1, 2]\n", "a.jsonl:1: expected a JSON object on each line, got b'[1, 2]\\n'"),
        ("a.parquet", b"PAR1 not", "a.parquet: expected Parquet, got"),
        ("a.xlsx", b"PK", "a.xlsx: expected .csv, .ndjson, .jsonl, .parquet or .pq, got .xlsx"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_with_its_place(
    modelmonitor, evaluator, tmp_path, name, content, said
):
    (tmp_path / name).write_bytes(content)
    ended = modelmonitor(*PUSH, name, "--url", evaluator.url)
    assert ended.returncode == 1
    assert said in ended.stderr


def test_a_time_that_is_none_is_refused_after_the_labels_before_it_were_sent(
    modelmonitor, evaluator, tmp_path
):
    lines = "".join(f"{number},1,1764158400\n" for number in range(500))
    (tmp_path / "a.csv").write_text(f"id,actual,at\n{lines}500,1,noon\n")
    ended = modelmonitor(*PUSH, "a.csv", "--url", evaluator.url, "--time", "at", "-o", "json")
    assert json.loads(ended.stdout)["labels"] == 500
    assert "a.csv:502: expected a time such as" in json.loads(ended.stdout)["problem"]
    assert ended.returncode == 1


def test_a_terminal_sees_how_far_it_is(evaluator, tmp_path):
    ours, theirs = pty.openpty()
    command = [MODELMONITOR, *PUSH, write(tmp_path, 5000), "--url", evaluator.url]
    with subprocess.Popen(
        command, stderr=theirs, stdout=subprocess.PIPE, env={**os.environ, "TERM": "xterm"}
    ) as it:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                break
        assert it.wait() == 0
    os.close(ours)
    assert b"5,000 labels" in shown


def test_the_help_keeps_each_example_on_a_line_of_its_own(modelmonitor):
    lines = [line.strip() for line in modelmonitor(*PUSH, "--help").stdout.splitlines()]
    assert "modelmonitor labels push churned.csv --id customer --actual churned" in lines
