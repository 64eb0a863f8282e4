"""The kinds of Argo CD and Flux, defined by the definitions that come with their Go modules."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import yaml

import golang
from gitops.engine import Json

MODULES = {
    "github.com/argoproj/argo-cd/v3@v3.2.12": "h1:XbOyqcoPIjMhiP+y05Zi2U+HfG3b2TNfGJgVuK5Y8g0=",
    "github.com/fluxcd/kustomize-controller@v1.9.4": "h1:VBnBMhnemqnE5Zca2AoG2gC4472MoiTmk9rdqvLoMcY=",
    "github.com/fluxcd/helm-controller@v1.6.3": "h1:MSiDP/s8xRSkO3g11vBiDStxfmJ5ZVdwDEpW7BSE/UA=",
    "github.com/fluxcd/source-controller@v1.9.3": "h1:Zj1gfvK/2MFIm/K3vh5fSHoJBoggLKMuLWf5ZEmaF0w=",
}
"""Each with the hash of its content."""
FILES = (
    "manifests/crds/application-crd.yaml",
    "config/crd/bases/*_kustomizations.yaml",
    "config/crd/bases/*_helmreleases.yaml",
    "config/crd/bases/*_ocirepositories.yaml",
    "config/crd/bases/*_gitrepositories.yaml",
)


def definitions() -> Iterator[Json]:
    """Download the modules unless they are there; give the definitions that our manifests need."""
    go, _ = golang.find()
    for module, digest in MODULES.items():
        command = [go, "mod", "download", "-json", module]
        answer = subprocess.run(
            command, check=True, capture_output=True, text=True, cwd="/", env=golang.environment()
        )
        downloaded = json.loads(answer.stdout)
        assert downloaded["Sum"] == digest, module
        for pattern in FILES:
            for file in Path(downloaded["Dir"]).glob(pattern):
                yield yaml.safe_load(file.read_text())
