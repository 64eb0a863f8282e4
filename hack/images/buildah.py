"""Images from Dockerfiles, by buildah, with its images and layers kept in the cache."""

import configparser
import os
import subprocess
from pathlib import Path

import cache
import progress

CERTIFICATES = Path("/etc/ssl/certs")
PIP = Path("/etc/pip.conf")
PIP_SETTINGS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")


def import_image(archive: Path, reference: str) -> None:
    """Read an image archive into buildah's storage unless the image is there."""
    if subprocess.run(
        _buildah("inspect", "--type", "image", reference), capture_output=True, check=False
    ).returncode:
        progress.run(
            f"importing {reference}", _buildah("pull", "-q", f"docker-archive:{archive}"), _log("import")
        )


def build(folder: Path, target: str, base: str, reference: str) -> None:
    """Build a target of the Dockerfile in a folder, on a base that is in the storage.

    pip sees this machine's certificates and its settings while it builds; nothing of them stays in the image.
    """
    pip = cache.root() / "images" / "pip.conf"
    _write_pip_settings(pip)
    mounts = [f"--volume={CERTIFICATES}:{CERTIFICATES}:ro", f"--volume={pip}:{PIP}:ro"]
    what = ["--build-arg", f"BASE={base}", "--target", target, "--tag", reference, str(folder)]
    command = _buildah("bud", "--layers", "--pull-never", *mounts, *what)
    environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
    progress.run(f"building {target}", ["nice", *command], _log(f"build-{target}"), env=environment)
    _forget_older(reference)


def export(reference: str, archive: Path, name: str) -> None:
    """Write the archive of an image that is in the storage, to be loaded under a name."""
    command = _buildah("push", "-q", reference, f"docker-archive:{archive}:{name}")
    progress.run(f"writing {archive.name}", command, _log("push"))


def push(archive: Path, reference: str, destination: str) -> None:
    """Push the image of an archive, which names it `reference`, to where a registry has it.

    buildah's own configuration says who we are there (`buildah login`) and which registries speak no TLS. It
    pushes from its storage alone; what has that name there may be older than the archive.
    """
    importing = _buildah("pull", "-q", f"docker-archive:{archive}")
    progress.run(f"importing {reference}", importing, _log("import"))
    pushing = _buildah("push", "-q", reference, f"docker://{destination}")
    progress.run(f"pushing {destination}", pushing, _log("push"))


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
