"""Programs of other makers, each installed once into a Python environment of its own in the cache.

python3 hack/environments.py REQUIREMENTS...    print the Python of each
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import cache
import progress


def python(requirements: Path) -> Path:
    """Give the Python of the environment that a hashed requirement file describes, made first where absent.

    Raises
    ------
    progress.CommandError
        If its packages cannot be installed.
    """
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = cache.root() / "environments" / f"{requirements.stem}-{digest}"
    if not (folder / "done").exists():
        with cache.lock(f"environment-{requirements.stem}"):
            if not (folder / "done").exists():
                _make(folder, requirements)
    return folder / "bin" / "python"


def _make(folder: Path, requirements: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = [
        str(folder / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    progress.run(
        f"installing {requirements.stem}",
        [*install, "--require-hashes", "--no-deps", "-r", str(requirements)],
        folder.parent / f"{requirements.stem}.log",
    )
    (folder / "done").touch()


if __name__ == "__main__":
    try:
        sys.stdout.writelines(f"{python(Path(name))}\n" for name in sys.argv[1:])
    except progress.CommandError as error:
        sys.exit(str(error))
