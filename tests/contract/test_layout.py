"""The law of the repository that no linter knows."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "operator" / "modelmonitor"
MODULES = sorted(PACKAGE.rglob("*.py"))
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


def test_the_folder_operator_is_a_source_root_and_never_a_package():
    assert not (ROOT / "operator" / "__init__.py").exists()


def test_python_started_in_the_root_finds_the_operator_of_the_standard_library():
    found = subprocess.run(
        [sys.executable, "-c", "import operator; print(operator.__file__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not found.stdout.startswith(str(ROOT))
    assert "operator.py" in found.stdout


def test_importing_the_package_imports_nothing_else():
    script = "import sys; old = set(sys.modules); import modelmonitor; print(sorted(set(sys.modules) - old))"
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "['modelmonitor']"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_a_module_is_named_after_its_product_and_holds_one_idea(module):
    assert not VAGUE & {module.stem, *(part.name for part in module.relative_to(PACKAGE).parents)}
    assert len(module.read_text().splitlines()) <= 300


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_functions_are_short(module):
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, functions) and node.end_lineno - node.lineno >= 40
    ]
    assert not long


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_every_module_and_every_public_name_says_what_it_is_for(module):
    tree = ast.parse(module.read_text())
    described = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, described) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert ast.get_docstring(tree), "the module has no docstring"
    assert not silent


def test_every_requirement_is_pinned_with_a_hash_and_names_no_registry():
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        text = file.read_text()
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
        assert pins
        assert all(pin.rstrip().endswith("\\") for pin in pins), f"{file.name}: a pin without a hash"
        assert "://" not in text


def test_the_version_is_the_one_of_the_changelog():
    import modelmonitor

    newest = next(line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## "))
    assert newest.split()[1] == modelmonitor.__version__
