"""Build the project's container images as archives, without a registry, each once per content.

    python3 hack/images/build.py NAME...          print `NAME REFERENCE ARCHIVE` of each, built first where absent
    python3 hack/images/build.py -o json NAME...  the same as a list of objects
    python3 hack/images/build.py --list           print the names

An archive can be read by `docker load`, `podman load`, `buildah pull docker-archive:` and `ctr images import`.
"""

import argparse
import dataclasses
import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import cache  # noqa: E402
import progress  # noqa: E402
import tools  # noqa: E402

from images import archive, buildah, debian  # noqa: E402
from images.recipes import PYTHON, RECIPES, REPOSITORY, Dockerfile, Programs, Python, Recipe  # noqa: E402

KEPT = 3  # archives of an image; older ones make room


@dataclasses.dataclass(frozen=True)
class Image:
    """An image that is there: its archive, and the reference it has once that is loaded."""

    name: str
    reference: str
    archive: Path


def image(name: str) -> Image:
    """Give an image, built first if no archive of this content is there; one build at a time on a machine.

    Raises
    ------
    debian.ProgramMissingError
        If a program is needed that cannot be installed here.
    progress.CommandError
        If a command of the build fails.
    """
    recipe = RECIPES[name]
    wanted = planned(recipe)
    if not wanted.archive.exists():
        with cache.lock("images"):
            if not wanted.archive.exists():
                _make(recipe, wanted)
    return wanted


def planned(recipe: Recipe) -> Image:
    """Tell where the archive of this recipe is or will be, and its reference."""
    key = _key(recipe)
    tag = "local" if isinstance(recipe, Programs) else recipe.tag if isinstance(recipe, Dockerfile) else None
    folder = cache.root() / "images" / recipe.name / key
    return Image(recipe.name, f"{REPOSITORY}/{recipe.name}:{tag or key[:12]}", folder / f"{recipe.name}.tar")


def _make(recipe: Recipe, wanted: Image) -> None:
    began = time.monotonic()
    wanted.archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wanted.archive.parent) as work:
        unfinished = Path(work) / wanted.archive.name
        match recipe:
            case Python():
                _make_python(recipe, wanted.reference, unfinished)
            case Dockerfile():
                _make_from_dockerfile(recipe, wanted.reference, unfinished)
            case Programs():
                _make_from_programs(recipe, wanted.reference, unfinished)
        unfinished.rename(wanted.archive)
    _make_room(wanted.archive.parent)
    megabytes = wanted.archive.stat().st_size / 1e6
    progress.say(f"image {recipe.name}: built in {progress.clock(time.monotonic() - began)}, {megabytes:.0f} MB")


def _make_python(recipe: Python, reference: str, out: Path) -> None:
    debian.require("mmdebstrap")
    progress.say(f"image {recipe.name}: a minimal Debian {recipe.suite} with Python; about 1 min, once")
    layer = out.with_name("layer.tar")
    command = debian.bootstrap_command(recipe.suite, layer)
    progress.run(f"unpacking Debian {recipe.suite}", command, cache.root() / "log" / f"image-{recipe.name}.log")
    archive.write_image(out, reference, layer, PYTHON)


def _make_from_dockerfile(recipe: Dockerfile, reference: str, out: Path) -> None:
    debian.require("buildah", "mmdebstrap")
    base = planned(RECIPES[recipe.base])
    if not base.archive.exists():
        _make(RECIPES[recipe.base], base)
    progress.say(f"image {recipe.name}: installing its packages; 1 to 3 min the first time, seconds afterwards")
    buildah.import_image(base.archive, base.reference)
    buildah.build(buildah.Build(recipe.folder / "Dockerfile", recipe.folder, recipe.name), base.reference,
                  reference, out)


def _make_from_programs(recipe: Programs, reference: str, out: Path) -> None:
    binaries = [archive.Entry("/bin"), *(archive.Entry(f"/bin/{it}", source=tools.binary(it).resolve())
                                         for it in recipe.programs)]
    layer = out.with_name("layer.tar")
    archive.write_layer(layer, [*binaries, *recipe.folders])
    archive.write_image(out, reference, layer, recipe.config)


def _key(recipe: Recipe) -> str:
    """Name what decides the content of an image."""
    digest = hashlib.sha256()
    match recipe:
        case Python():
            digest.update(repr((debian.bootstrap_command(recipe.suite, Path("layer")), PYTHON)).encode())
        case Dockerfile():
            digest.update(_key(RECIPES[recipe.base]).encode())
            for file in _files(recipe):
                digest.update(f"{file.relative_to(recipe.folder)}\0".encode() + file.read_bytes())
        case Programs():
            digest.update(repr((recipe, [tools.binary(it).parent.name for it in recipe.programs])).encode())
    return digest.hexdigest()[:24]


def _files(recipe: Dockerfile) -> Iterator[Path]:
    for name in recipe.inputs:
        path = recipe.folder / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (it for it in found if it.is_file() and "__pycache__" not in it.parts)


def _make_room(newest: Path) -> None:
    folders = sorted(newest.parent.iterdir(), key=lambda it: it.stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        shutil.rmtree(folder)


def _show(images: list[Image], form: str, out: Path | None) -> None:
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        images = [dataclasses.replace(it, archive=Path(shutil.copy(it.archive, out))) for it in images]
    if form == "json":
        print(json.dumps([{**dataclasses.asdict(it), "archive": str(it.archive)} for it in images], indent=2))
        return
    for it in images:
        print(it.name, it.reference, it.archive)


def main() -> int:
    """Do what the arguments ask for; 1 when a build fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", choices=[*RECIPES, []], metavar="NAME", help="an image")
    parser.add_argument("--list", action="store_true", help="list the images")
    parser.add_argument("--out", type=Path, metavar="DIR", help="also copy the archives to this folder")
    parser.add_argument("-o", dest="form", choices=("text", "json"), default="text", help="form of the answer")
    wanted = parser.parse_args()
    if not (wanted.name or wanted.list):
        parser.error("expected the name of an image or --list")
    try:
        if wanted.list:
            print("\n".join(RECIPES))
        _show([image(name) for name in wanted.name], wanted.form, wanted.out)
    except (debian.ProgramMissingError, progress.CommandError) as failure:
        progress.say(str(failure))
        return 1
    except KeyboardInterrupt:
        progress.say("interrupted; what was finished is kept")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
