"""The commands in the pages for users run as they are written, in the order of each page."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import tools
from cli.running import MODELMONITOR
from cli.test_page_examples import blocks
from node import inside

ROOT = Path(__file__).parents[2]
EXAMPLE = "manifests/examples/smallest.yaml"
COMMAND = re.compile(r"^    ((?:kubectl [^|]*\| )?(?:modelmonitor|promtool) .*)$", re.MULTILINE)
GUIDE = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [page for page in GUIDE if COMMAND.search(page.read_text())]
GROUPS = ("labels",)
HELP = (ROOT / "docs/reference/cli.md").read_text()


def commands(page: Path) -> Iterator[str]:
    """Yield what runs without a cluster: kubectl is left out of a pipe, its output is an example."""
    for command in COMMAND.findall(page.read_text()):
        given = f"< {EXAMPLE}" if command.startswith("kubectl") else ""
        parts = [part for part in command.split(" | ") if not part.startswith("kubectl ")]
        if not parts[0].startswith("modelmonitor operator"):
            yield f"{' | '.join(parts)} {given}"


@pytest.mark.promtool
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    (tmp_path / "manifests").symlink_to(ROOT / "manifests")
    (tmp_path / "churn.yaml").symlink_to(ROOT / EXAMPLE)
    programs = ":".join(str(tools.binary(name).parent) for name in ("promtool", "prometheus"))
    path = f"{MODELMONITOR.parent}:{programs}:{os.environ['PATH']}"
    for command in commands(page):
        ended = subprocess.run(
            ["bash", "-euc", command],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"


def test_the_page_about_the_command_line_is_among_them() -> None:
    assert "without-a-cluster.md" in [page.name for page in PAGES]


@pytest.mark.promtool
def test_a_prometheus_without_its_operator_finds_evaluators_as_the_tests_on_a_node_do(tmp_path: Path) -> None:
    (config,) = (
        found
        for it in blocks((ROOT / "docs/install.md").read_text(), "yaml")
        if "scrape_configs" in (found := yaml.safe_load(it))
    )
    file = tmp_path / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    subprocess.run([tools.binary("promtool"), "check", "config", file], check=True, capture_output=True)
    (job,) = config["scrape_configs"]
    proven = inside.evaluators(tmp_path / "kubeconfig", "ml")
    found_by = {"kubernetes_sd_configs": [{"role": "pod"}]}
    assert job == proven | found_by


def test_the_page_about_drift_shows_what_generate_says(tmp_path: Path) -> None:
    page = (ROOT / "docs/drift.md").read_text()
    command, _, shown = page.partition("    modelmonitor generate ")[2].partition("\n\n```\n")
    ended = subprocess.run(
        [MODELMONITOR, "generate", *command.replace(" -o out", "").split(), "-o", tmp_path],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.partition("```")[0].splitlines() == [
        line for line in ended.stdout.splitlines() if line.startswith("needs:")
    ]


@pytest.mark.parametrize("command", re.findall("^ +(modelmonitor .*)$", HELP, re.MULTILINE))
def test_the_options_in_the_examples_of_the_help_exist(command: str) -> None:
    words = shlex.split(command.split("   ", maxsplit=1)[0].split(" | ", maxsplit=1)[0])
    called = words[1:3] if words[1] in GROUPS else words[1:2]
    answer = subprocess.run([MODELMONITOR, *called, "--help"], capture_output=True, text=True, check=True)
    for option in (word for word in words if word.startswith("-") and word != "-"):
        assert re.search(rf"{re.escape(option)}\b", answer.stdout), option
