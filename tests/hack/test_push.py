"""Images of the demo reach a registry: by real buildah, and as what they are here."""

import gzip
import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from demo import stack
from demo.session import Session
from demo.stack import Stage
from hack import registry
from images import archive, buildah, content, recipes

REFERENCE = "localhost/modelmonitor/pause:local"

needs_buildah = pytest.mark.skipif(
    shutil.which("buildah") is None or os.geteuid() != 0, reason="needs buildah, and root for its storage"
)


def written(folder: Path, text: str) -> Path:
    """Write an image with one file in it."""
    folder.mkdir()
    archive.write_layer(folder / "layer.tar", [archive.Entry("/said", text=text)])
    archive.write_image(
        folder / "image.tar", REFERENCE, folder / "layer.tar", archive.Config(("/bin/pause",))
    )
    return folder / "image.tar"


@pytest.fixture
def own_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELMONITOR_CACHE", str(tmp_path / "cache"))


def without_tls(folder: Path, where: str) -> str:
    """Write buildah's configuration for a registry without TLS."""
    configuration = folder / "registries.conf"
    configuration.write_text(f'[[registry]]\nlocation = "{where}"\ninsecure = true\n')
    return str(configuration)


@needs_buildah
@pytest.mark.usefixtures("own_storage")
def test_an_archive_is_in_the_registry_to_the_byte_and_a_newer_one_of_its_name_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registry.registry() as (where, holds):
        monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", without_tls(tmp_path, where))
        for text in ("old", "new"):
            buildah.push(written(tmp_path / text, text), REFERENCE, f"{where}/me/pause:{text}")
    for text in ("old", "new"):
        manifest = json.loads(holds.manifests[f"me/pause:{text}"])
        config = json.loads(holds.blobs[manifest["config"]["digest"]])
        assert config["config"]["Entrypoint"] == ["/bin/pause"]
        (layer,) = (gzip.decompress(holds.blobs[it["digest"]]) for it in manifest["layers"])
        assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
        assert layer == (tmp_path / text / "layer.tar").read_bytes()


def test_manifests_name_images_of_a_registry_by_their_content() -> None:
    image = content.Image("prometheus", "localhost/modelmonitor/prometheus:local", Path(), "0123456789abcdef")
    reloader = replace(
        image, name="prometheus-operator", reference=image.reference.replace(":", "-operator:")
    )
    images = {it.name: it for it in (image, reloader)}
    text = f"image: {image.reference}\nargs: [--reloader={reloader.reference}]"
    assert Stage(Session([]), images).located(text) == text
    at = "registry.example.com/me"
    assert Stage(Session([]), images, at).located(text) == (
        f"image: {at}/prometheus:0123456789ab\nargs: [--reloader={at}/prometheus-operator:0123456789ab]"
    )


def test_every_image_that_manifests_of_the_demo_name_is_pushed() -> None:
    texts = [it.read_text() for it in stack.HERE.rglob("*.yaml")]
    named = {word for text in texts for word in text.split() if recipes.REPOSITORY in word}
    references = {word.partition("=")[2] or word for word in named}
    assert references <= {f"{recipes.REPOSITORY}/{name}:local" for name in stack.IMAGES}
