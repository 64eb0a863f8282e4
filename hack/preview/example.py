"""The monitor of the preview."""

from pathlib import Path

import yaml

from modelmonitor.api import parse

MONITOR = parse(yaml.safe_load((Path(__file__).parent / "monitor.yaml").read_text()))
