"""Tools are built once for each content of their module, and a failed build says why."""

import dataclasses
from pathlib import Path

import pytest

import progress
import toolbox
import tools


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Go module of one file with the tool `hello`, and an empty cache."""
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "go.mod").write_text("module hello\n\ngo 1.26\n")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    hello = dataclasses.replace(toolbox.TOOLS["pause"], name="hello", folder=str(folder))
    monkeypatch.setitem(toolbox.PROGRAMS, "hello", hello)
    monkeypatch.setenv("MODELMONITOR_CACHE", str(tmp_path / "cache"))
    return folder


def test_a_tool_is_built_once_and_again_when_its_module_changes(module: Path) -> None:
    first = tools.binary("hello")
    built = first.stat().st_mtime_ns
    assert tools.binary("hello") == first
    assert first.stat().st_mtime_ns == built
    (module / "main.go").write_text("package main\n\nfunc main() { println() }\n")
    assert tools.binary("hello") != first


def test_a_failed_build_quotes_the_compiler_and_names_the_log(module: Path, tmp_path: Path) -> None:
    (module / "main.go").write_text("package main\n\nfunc main() { missing() }\n")
    with pytest.raises(progress.CommandError, match="undefined: missing") as failure:
        tools.binary("hello")
    assert f"the whole log: {tmp_path}/cache/log/build-hello.log" in str(failure.value)


def test_versions_come_from_what_the_modules_pin() -> None:
    pinned = (toolbox.HACK / "cluster" / "kube" / "go.mod").read_text()
    assert f"k8s.io/kubernetes v{toolbox.TOOLS['kube'].version}\n" in pinned


def test_prometheus_has_its_own_version_and_not_that_of_its_module() -> None:
    assert toolbox.TOOLS["prometheus"].version.startswith("3.")
    assert any("version.Version=3." in flag for flag in toolbox.TOOLS["promtool"].flags)
