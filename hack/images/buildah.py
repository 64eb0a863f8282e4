"""Images from Dockerfiles, by buildah, with its images and layers kept in the cache."""

import configparser
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cache
import progress

CERTIFICATES = Path("/etc/ssl/certs")
PIP = Path("/etc/pip.conf")
PIP_SETTINGS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")


@dataclass(frozen=True)
class Build:
    """A Dockerfile, the folder it copies from, and the target in it."""

    dockerfile: Path
    context: Path
    target: str


def import_image(archive: Path, reference: str) -> None:
    """Read an image archive into buildah's storage unless the image is there."""
    if subprocess.run(
        _buildah("inspect", "--type", "image", reference), capture_output=True, check=False
    ).returncode:
        progress.run(
            f"importing {reference}", _buildah("pull", "-q", f"docker-archive:{archive}"), _log("import")
        )


def build(build: Build, base: str, reference: str, archive: Path) -> None:
    """Build the image on a base that is in the storage, and write its archive.

    pip sees this machine's certificates and its settings while it builds; nothing of them stays in the image.
    """
    pip = cache.root() / "images" / "pip.conf"
    _write_pip_settings(pip)
    mounts = [f"{CERTIFICATES}:{CERTIFICATES}:ro", f"{pip}:{PIP}:ro"]
    command = _buildah(
        "bud",
        "--layers",
        "--pull-never",
        "--build-arg",
        f"BASE={base}",
        "--target",
        build.target,
        *(it for mount in mounts for it in ("--volume", mount)),
        "--file",
        str(build.dockerfile),
        "--tag",
        reference,
        str(build.context),
    )
    progress.run(
        f"building {reference}",
        ["nice", *command],
        _log(f"build-{archive.stem}"),
        env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
    )
    progress.run(
        f"writing {archive.name}",
        _buildah("push", "-q", reference, f"docker-archive:{archive}:{reference}"),
        _log("push"),
    )
    _forget_older(reference)


def _buildah(*arguments: str) -> list[str]:
    """Give the command; its mounts are in a namespace of its own, so that none outlives it."""
    storage = cache.root() / "images" / "storage"
    return [
        "unshare",
        "--mount",
        "buildah",
        "--root",
        str(storage / "root"),
        "--runroot",
        str(storage / "run"),
        "--storage-driver",
        "overlay",
        *arguments,
    ]


def _forget_older(reference: str) -> None:
    """Remove the tagged predecessors of an image; the layers of its stages stay, to build on."""
    repository = reference.rpartition(":")[0]
    tagged = subprocess.run(
        _buildah("images", "--format", "{{.Name}}:{{.Tag}}"), capture_output=True, text=True, check=True
    ).stdout.split()
    older = [it for it in tagged if it.rpartition(":")[0] == repository and it != reference]
    if older:
        progress.run("removing the older image", _buildah("rmi", *older), _log("rmi"))


def _write_pip_settings(path: Path) -> None:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(PIP)
    if not settings.has_section("global"):
        settings.add_section("global")
    for name in PIP_SETTINGS:
        if value := os.environ.get(f"PIP_{name.replace('-', '_').upper()}"):
            settings.set("global", name, value)
    with path.open("w") as file:
        settings.write(file)


def _log(name: str) -> Path:
    return cache.root() / "log" / f"image-{name}.log"
