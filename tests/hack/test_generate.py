"""Generated files are made again when their source changed, and left alone when it did not."""

from pathlib import Path

import pytest

import generate


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let one file be generated into a folder that holds generated files only."""
    path = tmp_path / "generated" / "a.md"
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "FILES", {path: lambda: "new\n"})
    monkeypatch.setattr(generate, "FOLDERS", (path.parent,))
    return path


def test_a_missing_or_changed_file_is_stale_until_it_is_written(listed: Path) -> None:
    assert generate.stale() == [listed]
    assert generate.write() == [listed]
    assert (generate.stale(), generate.write()) == ([], [])
    listed.write_text("old\n")
    assert generate.stale() == [listed]


def test_a_file_that_nothing_generates_any_more_is_stale_and_removed(listed: Path) -> None:
    generate.write()
    left_over = listed.with_name("b.md")
    left_over.write_text("")
    assert generate.stale() == [left_over]
    generate.write()
    assert not left_over.exists()


def test_the_check_names_what_is_stale_and_the_command_to_run(
    listed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["generate.py", "--check"])
    assert generate.main() == 1
    assert capsys.readouterr() == ("stale: generated/a.md\n", "generate them anew: make generate\n")
    assert not listed.exists()


def test_every_example_has_its_rules_beside_it_and_its_reference() -> None:
    from reference import examples

    found = examples.examples()
    made = {path.name for path in generate.FILES if path.parent.name == "_generated"}
    assert {f"{it.monitor.namespace}.{it.monitor.name}-slo.yaml" for it in found} <= made
    assert len(found) >= 10
    assert sum(it.profile is not None for it in found) >= 4
