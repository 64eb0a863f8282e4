"""Write every file that is generated from another one, or check that none is stale.

python3 hack/generate.py            write what changed
python3 hack/generate.py --check    name what is stale; 1 if anything is

A generated file is a line in `FILES`: its path and the function that makes its text. They are made in
order, so that one may read another.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from charts import generated as charts
from modelmonitor.api import crd
from reference import commands, config, examples, metrics, references, rules, spec, zones

ROOT = Path(__file__).parents[1]

FILES: Mapping[Path, Callable[[], str]] = {
    ROOT / "operator" / "modelmonitor" / "plan" / "routing" / "zones.txt": zones.table,
    ROOT / "crds" / "modelmonitor.dev_modelmonitors.yaml": crd.to_yaml,
    **charts.GENERATED,
    **{ROOT / path: text for path, text in references.files().items()},
    **{ROOT / path: text for path, text in examples.files().items()},
    ROOT / "docs" / "reference" / "crd.md": spec.page,
    ROOT / "docs" / "reference" / "config.md": config.page,
    ROOT / "docs" / "reference" / "rules.md": rules.page,
    ROOT / "docs" / "reference" / "metrics.md": metrics.page,
    ROOT / "docs" / "reference" / "cli.md": commands.page,
}
FOLDERS = (ROOT / "manifests" / "examples" / "_generated",)
"""Folders that hold generated files and nothing else."""


def stale() -> list[Path]:
    """Return the files that differ from what would be generated now, or that nothing generates any more."""
    changed = [path for path, text in FILES.items() if not path.exists() or path.read_text() != text()]
    return changed + _left_over()


def write() -> list[Path]:
    """Write what changed, remove what nothing generates any more, and return both."""
    changed = []
    for path, text in FILES.items():
        content = text()
        if not path.exists() or path.read_text() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            changed.append(path)
    left_over = _left_over()
    for path in left_over:
        path.unlink()
    return changed + left_over


def _left_over() -> list[Path]:
    found = (path for folder in FOLDERS for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in found if path not in FILES]


def main() -> int:
    """Do what the arguments ask for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if anything is stale")
    if parser.parse_args().check:
        paths, what = stale(), "stale"
    else:
        paths, what = write(), "written"
    for path in paths:
        print(f"{what}: {path.relative_to(ROOT)}")
    if what == "stale" and paths:
        print("generate them anew: make generate", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
