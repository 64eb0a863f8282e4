"""The generated files of the charts, each with what writes it: a later one is made from the earlier ones."""

from collections.abc import Callable, Mapping
from pathlib import Path

from charts import CRDS, OPERATOR, ROOT, manifest, values

GENERATED: Mapping[Path, Callable[[], str]] = {
    OPERATOR / "values.yaml": values.values_file,
    OPERATOR / "README.md": values.readme,
    CRDS / "files" / manifest.CRD.name: manifest.crd_for_chart,
    ROOT / "manifests" / "install.yaml": manifest.install_manifest,
}
