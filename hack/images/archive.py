"""Image archives, as `docker save` writes them, made without a container tool."""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Entry:
    """A file or folder of a layer: a copy of `source`, or `text`; a folder where there is neither."""

    path: str
    mode: int = 0o755
    owner: int = 0
    source: Path | None = None
    text: str | None = None


@dataclass(frozen=True)
class Config:
    """How a container of the image is started."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    directory: str = "/"
    environment: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Give it in the words of the image format."""
        return {
            "Entrypoint": list(self.entrypoint) or None,
            "Cmd": list(self.command) or None,
            "User": self.user,
            "WorkingDir": self.directory,
            "Env": [f"{name}={value}" for name, value in self.environment.items()],
        }


def write_layer(path: Path, entries: Iterable[Entry]) -> None:
    """Write a layer's tar; the same entries give the same bytes."""
    with tarfile.open(path, "w") as tar:
        for entry in entries:
            info = tarfile.TarInfo(entry.path.strip("/"))
            info.mode, info.uid, info.gid = entry.mode, entry.owner, entry.owner
            _add(tar, info, entry)


def write_image(path: Path, reference: str, layer: Path, config: Config) -> None:
    """Write the archive of an image of one layer."""
    with layer.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    described = {
        "architecture": ARCHITECTURES[platform.machine()],
        "os": "linux",
        "config": config.as_json(),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created_by": f"hack/images/build.py {path.stem}"}],
    }
    text = json.dumps(described, sort_keys=True)
    name = f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    manifest = [{"Config": name, "RepoTags": [reference], "Layers": [f"{digest}.tar"]}]
    write_layer(
        path,
        [
            Entry(f"{digest}.tar", 0o644, source=layer),
            Entry(name, 0o644, text=text),
            Entry("manifest.json", 0o644, text=json.dumps(manifest)),
        ],
    )


def _add(tar: tarfile.TarFile, info: tarfile.TarInfo, entry: Entry) -> None:
    if entry.source is not None:
        info.size = entry.source.stat().st_size
        with entry.source.open("rb") as file:
            tar.addfile(info, file)
    elif entry.text is not None:
        content = entry.text.encode()
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    else:
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
