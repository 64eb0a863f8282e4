"""Which archive belongs to a recipe: named after all that decides what is in it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cache
import tools
from images import debian
from images.recipes import RECIPES, REPOSITORY, Debian, Dockerfile, Programs, Recipe


@dataclass(frozen=True)
class Image:
    """An image: its archive, and the reference it has once that is loaded."""

    name: str
    reference: str
    archive: Path
    key: str
    """What decides its content, as a digest."""


def planned(recipe: Recipe) -> Image:
    """Tell where the archive of a recipe is or will be; programs that are absent are built for it."""
    key = digest(recipe)
    archive = cache.root() / "images" / recipe.name / key / f"{recipe.name}.tar"
    return Image(recipe.name, f"{REPOSITORY}/{recipe.name}:{recipe.tag or key[:12]}", archive, key)


def digest(recipe: Recipe) -> str:
    """Name what decides the content of an image.

    A Debian suite is taken as it is on the day its base is built.
    """
    whole = hashlib.sha256()
    match recipe:
        case Debian():
            command = debian.bootstrap_command(recipe.suite, recipe.packages, Path("layer"))
            whole.update(repr((command, recipe.config)).encode())
        case Dockerfile():
            whole.update(digest(RECIPES[recipe.base]).encode())
            for file in files(recipe):
                whole.update(f"{file.relative_to(recipe.folder)}\0".encode() + file.read_bytes())
        case Programs():
            whole.update(repr((recipe, [tools.binary(it).parent.name for it in recipe.programs])).encode())
    return whole.hexdigest()[:24]


def files(recipe: Dockerfile) -> Iterator[Path]:
    """Give the files that a Dockerfile copies, and itself."""
    for name in ("Dockerfile", *recipe.inputs):
        path = recipe.folder / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (it for it in found if it.is_file() and "__pycache__" not in it.parts)
