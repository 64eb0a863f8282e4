"""How the program starts, helps and ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.running import MODELMONITOR, Program
from modelmonitor import __version__
from modelmonitor.cli import main

EXAMPLES = Path(__file__).parents[2] / "manifests/examples"
LIGHT = """
import sys
from modelmonitor.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert not end.code, end.code
heavy = sorted({{name.partition(".")[0] for name in sys.modules}} & {forbidden!r})
assert not heavy, heavy
"""


def loads_none_of(forbidden: set[str], *arguments: str) -> None:
    script = LIGHT.format(arguments=list(arguments), forbidden=forbidden)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_the_version_is_the_packages() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"modelmonitor {__version__}\n"


def test_python_can_run_the_package_as_the_program() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "modelmonitor", "--version"], capture_output=True, check=True
    )
    assert ended.stdout.decode() == f"modelmonitor {__version__}\n"


@pytest.mark.parametrize("asked", ["--help", "--version", "generate --help", "validate --help"])
def test_help_and_version_load_neither_the_api_nor_the_cluster(asked: str) -> None:
    loads_none_of({"pydantic", "yaml", "kopf", "kubernetes", "aiohttp", "promql_parser"}, *asked.split())


def test_generate_loads_nothing_that_talks_to_a_cluster() -> None:
    example = EXAMPLES / "smallest.yaml"
    forbidden = {"kopf", "kubernetes", "aiohttp", "prometheus_client", "grafana_foundation_sdk", "rich"}
    loads_none_of(forbidden, "generate", str(example))


def test_the_help_shows_examples_and_every_command() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert "Examples:" in shown
    assert "Exit status:" in shown
    for command in ("generate", "validate", "crd", "operator", "completion"):
        assert f"\n  {command} " in shown


@pytest.mark.parametrize("command", ["generate", "validate", "crd", "completion", "operator"])
def test_every_command_explains_itself(command: str) -> None:
    answer = CliRunner().invoke(main, [command, "--help"])
    assert answer.exit_code == 0
    assert answer.output.startswith(f"Usage: modelmonitor {command}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["generate"], "Missing argument"),
        (["generate", "no-such-file.yaml"], "does not exist"),
        (["generat", "x"], "No such command"),
        (["validate", "-o", "xml", "-"], "'xml' is not one of"),
        (["generate", "--tests", "-"], "say where with --output DIR"),
        (["generate", "--rule-label", "release", "-"], "expected KEY=VALUE, got 'release'"),
        (
            ["generate", "--grafana-url", "grafana", "-"],
            "expected an address that begins with http:// or https://",
        ),
        (["generate", "--namespace", "Not_One", "-"], "expected a DNS label such as ml, got 'Not_One'"),
        (["completion", "tcsh"], "is not one of"),
        (["stats", "http://[::1"], "and a host, got 'http://[::1'"),
        (["stats", "http://127.0.0.1:99999"], "and a host, got"),
        (["stats", "http://a b"], "and a host, got"),
        (["labels", "push", "-", "--url", ""], "and a host, got ''"),
        (["labels", "push", "-", "--url", "http://a", "--monitor", "churn"], "not to both"),
        (["labels", "push", "-", "-n", "ml"], "name one with --monitor"),
        (["open", "-A", "churn"], "leave out the name"),
        (["open", "churn", "--since", "7d"], "give --export, too"),
        (["open", "churn", "--reference", __file__], "give that with --filename"),
        (["init", "churn", "--listen", "127.0.0.1:0"], "give --profile-traffic, too"),
        (["profile", "-", "--namespace", "A"], "expected a DNS label such as ml, got 'A'"),
    ],
)
def test_wrong_usage_is_status_2_and_says_what_is_wrong(arguments: list[str], said: str) -> None:
    answer = CliRunner().invoke(main, arguments)
    assert answer.exit_code == 2
    assert said in answer.stderr


@pytest.mark.parametrize(
    "command", [["generate", "-q", EXAMPLES], ["crd"], ["validate", "-o", "json", EXAMPLES]]
)
def test_a_reader_that_goes_away_ends_it_silently(command: list[str | Path]) -> None:
    process = subprocess.Popen([MODELMONITOR, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (141, b"")


@pytest.mark.parametrize("command", ["crd", "status --help", "stats"])
def test_a_stream_that_is_closed_is_no_error(command: str) -> None:
    shell = f"{MODELMONITOR} {command} >&-"
    ended = subprocess.run(["bash", "-c", shell], stderr=subprocess.PIPE, check=False, timeout=30)
    assert b"Traceback" not in ended.stderr
    assert ended.returncode == (1 if command == "stats" else 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
def test_what_cannot_be_written_is_told_in_one_line() -> None:
    ended = subprocess.run(
        ["bash", "-c", f"{MODELMONITOR} crd >/dev/full"], stderr=subprocess.PIPE, check=False
    )
    assert (ended.returncode, ended.stderr) == (1, b"standard output: No space left on device\n")


def test_an_interrupt_ends_it_with_130_and_no_trace() -> None:
    process = subprocess.Popen(
        [MODELMONITOR, "validate", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(b"a" * 70_000)  # more than a pipe holds: written once it is being read
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in stderr


def test_a_full_disk_is_told_in_one_line(modelmonitor: Program, write) -> None:
    place = modelmonitor.folder / "taken"
    place.mkdir()
    (place / "default.spam-slo.yaml").mkdir()
    smallest = (EXAMPLES / "smallest.yaml").read_text()
    write("spam.yaml", smallest.replace("  namespace: ml\n", ""))
    ended = modelmonitor("generate", "spam.yaml", "-o", "taken")
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith("Is a directory")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed_for_each_shell(shell: str) -> None:
    script = CliRunner().invoke(main, ["completion", shell]).output
    assert "_MODELMONITOR_COMPLETE" in script


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("gen", "generate"),
        ("generate --gra", "--grafana-url"),
        ("completion f", "fish"),
    ],
)
def test_bash_completes_commands_options_and_choices(words: str, expected: str) -> None:
    script = f"""
    PATH={MODELMONITOR.parent}:$PATH
    eval "$(modelmonitor completion bash)"
    COMP_WORDS=(modelmonitor {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
    _modelmonitor_completion modelmonitor
    echo "${{COMPREPLY[@]}}"
    """
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert expected in ended.stdout.split()


def test_completing_a_command_loads_no_command() -> None:
    script = (
        "import sys\nfrom modelmonitor.cli import main\n"
        "try: main([])\nexcept SystemExit: pass\n"
        "assert not {'pydantic', 'kopf', 'yaml', 'modelmonitor.cli.generate'} & set(sys.modules)\n"
    )
    asked = {"_MODELMONITOR_COMPLETE": "bash_complete", "COMP_WORDS": "modelmonitor ", "COMP_CWORD": "1"}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **asked})
    assert "plain,operator" in ended.stdout
