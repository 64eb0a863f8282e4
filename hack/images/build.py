"""Build the project's container images as archives, without a registry, each once per content.

    python3 hack/images/build.py [NAME...]          print `NAME REFERENCE ARCHIVE` of each, or of all
    python3 hack/images/build.py -o json [NAME...]  the same as a list of objects
    python3 hack/images/build.py --list             print the names

An archive is what `docker load`, `podman load`, `buildah pull docker-archive:` or `ctr images import` read.
"""

import argparse
import dataclasses
import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import cache
import progress
from images import debian, making
from images.content import Image, planned
from images.recipes import RECIPES


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
                making.make(recipe, wanted)
    return wanted


def main() -> int:
    """Do what the arguments ask for; 1 when a build fails."""
    wanted = _arguments()
    if wanted.list:
        print("\n".join(RECIPES))
        return 0
    try:
        images = [image(name) for name in wanted.name or RECIPES]
    except (debian.ProgramMissingError, progress.CommandError) as failure:
        progress.say(str(failure))
        return 1
    except KeyboardInterrupt:
        progress.say("interrupted; what was finished is kept")
        return 130
    if wanted.out is not None:
        images = [_copied(it, wanted.out) for it in images]
    print(_described(images, wanted.form))
    return 0


def _arguments() -> argparse.Namespace:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("name", nargs="*", choices=[*RECIPES, []], metavar="NAME", help="an image")
    parser.add_argument("--list", action="store_true", help="list the images")
    parser.add_argument("--out", type=Path, metavar="DIR", help="copy the archives to this folder")
    parser.add_argument(
        "-o", dest="form", choices=("text", "json"), default="text", help="form of the answer"
    )
    return parser.parse_args()


def _copied(it: Image, folder: Path) -> Image:
    folder.mkdir(parents=True, exist_ok=True)
    return dataclasses.replace(it, archive=Path(shutil.copy(it.archive, folder)))


def _described(images: list[Image], form: str) -> str:
    if form == "json":
        return json.dumps([{**dataclasses.asdict(it), "archive": str(it.archive)} for it in images], indent=2)
    return "\n".join(f"{it.name} {it.reference} {it.archive}" for it in images)


if __name__ == "__main__":
    sys.exit(main())
