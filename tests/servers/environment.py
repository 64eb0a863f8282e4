"""Model servers of other makers, each installed once into an environment of its own in the cache."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import cache
import progress

HERE = Path(__file__).parent


def python(name: str) -> Path:
    """Give the Python of a server's environment, made first where it is absent.

    Raises
    ------
    progress.CommandError
        If its packages cannot be installed.
    """
    requirements = HERE / f"{name}.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = cache.root() / "servers" / f"{name}-{digest}"
    if not (folder / "done").exists():
        with cache.lock(f"servers-{name}"):
            if not (folder / "done").exists():
                _make(folder, requirements)
    return folder / "bin" / "python"


def _make(folder: Path, requirements: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    progress.run(
        f"installing {requirements.stem}",
        [*map(str, install), "--require-hashes", "--no-deps", "-r", str(requirements)],
        folder.parent / f"{requirements.stem}.log",
    )
    (folder / "done").touch()
