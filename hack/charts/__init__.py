"""What is generated in charts/ and manifests/, and Helm to render them with."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
CRDS = ROOT / "charts" / "modelmonitor-crds"
OPERATOR = ROOT / "charts" / "modelmonitor"
