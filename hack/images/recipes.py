"""The images of the project: what each is made of."""

from dataclasses import dataclass
from pathlib import Path

from images.archive import Config, Entry

ROOT = Path(__file__).parents[2]
MODEL_SERVER = ROOT / "hack" / "images" / "model-server"
REPOSITORY = "localhost/modelmonitor"
NOBODY = 65534


@dataclass(frozen=True)
class Debian:
    """A minimal Debian with some packages."""

    name: str
    suite: str
    packages: tuple[str, ...]
    config: Config
    tag: str | None = None


@dataclass(frozen=True)
class Dockerfile:
    """What a Dockerfile makes of a base and the files it copies."""

    name: str
    base: str
    folder: Path
    inputs: tuple[str, ...]
    """The files and folders that it copies, relative to `folder`."""
    tag: str | None = "local"
    """None: the tag is made from the content, so that a workload rolls when that changes."""


@dataclass(frozen=True)
class Programs:
    """Statically linked programs and the folders they expect, and nothing else."""

    name: str
    programs: tuple[str, ...]
    config: Config
    folders: tuple[Entry, ...] = ()
    tag: str | None = "local"


Recipe = Debian | Dockerfile | Programs

PACKAGE = (
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "requirements/build.txt",
    "requirements/evaluator.txt",
    "requirements/operator.txt",
    "operator/modelmonitor",
)

PYTHON = Config(
    command=("python3",),
    environment={"PATH": "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin", "LANG": "C.UTF-8"},
)
REDIS = Config(
    entrypoint=("/usr/bin/redis-server",),
    command=("--bind", "0.0.0.0", "--protected-mode", "no", "--dir", "/tmp"),
    user=str(NOBODY),
)
TEMPORARY = Entry("/tmp", 0o1777)


def _python(name: str, suite: str) -> Debian:
    """Give a base for others."""
    packages = ("usr-is-merged", "python3", "python3-venv", "libstdc++6", "ca-certificates")
    return Debian(name, suite, packages, PYTHON)


def _programs(name: str, *programs: str, arguments: tuple[str, ...] = (), data: str = "") -> Programs:
    folders = (TEMPORARY, *((Entry(data, owner=NOBODY), Entry(f"/etc{data}")) if data else ()))
    return Programs(
        name, programs or (name,), Config((f"/bin/{name}",), arguments, str(NOBODY), data or "/"), folders
    )


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        _python("python-3.13", "trixie"),
        _python("python-3.11", "bookworm"),
        Debian("redis", "trixie", ("usr-is-merged", "redis-server"), REDIS, "local"),
        Dockerfile("operator", "python-3.13", ROOT, PACKAGE, tag=None),
        Dockerfile("evaluator", "python-3.13", ROOT, PACKAGE, tag=None),
        Dockerfile(
            "model-server",
            "python-3.11",
            MODEL_SERVER,
            ("requirements.txt", "data.txt", "model", "train.py", "runtime.py"),
        ),
        _programs(
            "prometheus",
            "prometheus",
            "promtool",
            data="/prometheus",
            arguments=("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"),
        ),
        _programs(
            "alertmanager",
            "alertmanager",
            "amtool",
            data="/alertmanager",
            arguments=("--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager"),
        ),
        _programs("prometheus-operator"),
        _programs("prometheus-config-reloader"),
        _programs("pause"),
    )
}
