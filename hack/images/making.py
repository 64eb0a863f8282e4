"""How an image is made, by the kind of its recipe."""

import shutil
import tempfile
import time
from pathlib import Path

import cache
import progress
import tools
from images import archive, buildah, debian
from images.content import Image, planned
from images.recipes import RECIPES, REPOSITORY, Debian, Dockerfile, Programs, Recipe

KEPT = 2  # archives of an image; older ones make room


def make(recipe: Recipe, wanted: Image) -> None:
    """Write the archive of an image; it is there as a whole or not at all."""
    began = time.monotonic()
    wanted.archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wanted.archive.parent) as work:
        unfinished = Path(work) / wanted.archive.name
        match recipe:
            case Debian():
                _bootstrap(recipe, wanted, unfinished)
            case Dockerfile():
                _from_dockerfile(recipe, wanted, unfinished)
            case Programs():
                _from_programs(recipe, wanted, unfinished)
        unfinished.rename(wanted.archive)
    _make_room(wanted.archive.parent)
    megabytes = wanted.archive.stat().st_size / 1e6
    took = progress.clock(time.monotonic() - began)
    progress.say(f"image {recipe.name}: built in {took}, {megabytes:.0f} MB")


def _bootstrap(recipe: Debian, wanted: Image, out: Path) -> None:
    debian.require("mmdebstrap")
    progress.say(f"image {recipe.name}: a minimal Debian {recipe.suite}; up to 1 min, once")
    layer = out.with_name("layer.tar")
    command = debian.bootstrap_command(recipe.suite, recipe.packages, layer)
    log = cache.root() / "log" / f"image-{recipe.name}.log"
    progress.run(f"unpacking Debian {recipe.suite}", command, log)
    archive.write_image(out, wanted.reference, layer, recipe.config)


def _from_dockerfile(recipe: Dockerfile, wanted: Image, out: Path) -> None:
    debian.require("buildah", "mmdebstrap")
    base = planned(RECIPES[recipe.base])
    if not base.archive.exists():
        make(RECIPES[recipe.base], base)
    progress.say(
        f"image {recipe.name}: installing its packages; 1 to 3 min the first time, seconds afterwards"
    )
    buildah.import_image(base.archive, base.reference)
    inside = f"{REPOSITORY}/{recipe.name}:{wanted.key[:12]}"
    buildah.build(recipe.folder, recipe.name, base.reference, inside)
    buildah.export(inside, out, wanted.reference)


def _from_programs(recipe: Programs, wanted: Image, out: Path) -> None:
    programs = (archive.Entry(f"/bin/{it}", source=tools.binary(it).resolve()) for it in recipe.programs)
    layer = out.with_name("layer.tar")
    archive.write_layer(layer, [archive.Entry("/bin"), *programs, *recipe.folders])
    archive.write_image(out, wanted.reference, layer, recipe.config)


def _make_room(newest: Path) -> None:
    folders = sorted(newest.parent.iterdir(), key=lambda it: it.stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        shutil.rmtree(folder)
