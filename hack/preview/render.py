"""Draw the dashboards of an example into build/preview: HTML, and with Chromium PNG too.

A month of a model's metrics is made up, everything else is what Prometheus answers. Two to four minutes.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import chromium
import progress
import tools
from modelmonitor.cli.opening import answers, asking, page
from modelmonitor.cli.opening.page import Board
from modelmonitor.cli.opening.span import Span
from modelmonitor.cli.opening.view import USUAL, View
from preview import example, history
from preview.server import Prometheus

OUT = Path(__file__).parents[2] / "build" / "preview"
DAYS = 32


def main() -> int:
    """Write a page and a picture for each dashboard; print where they are."""
    tools.paths(["prometheus", "promtool"])
    began, end = time.monotonic(), int(time.time()) // 300 * 300
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="modelmonitor-preview-") as folder,
        Prometheus(Path(folder), written=True) as prometheus,
    ):
        span = Span(end - DAYS * history.DAY, end)
        history.record(prometheus, span, span.last(history.COUNTED), _tell(began))
        for manifest in example.planned().dashboards:
            dashboard = answers.read(manifest)
            _tell(began)(f"drawing {dashboard['title']}")
            for file in _draw(prometheus, dashboard, manifest["metadata"]["name"], end):
                print(file)
    return 0


def _draw(prometheus: Prometheus, dashboard: dict[str, Any], name: str, end: int) -> list[Path]:
    seen = View(end=end, theme="dark")
    answered = asking.answered(prometheus, dashboard, seen)
    html = OUT / f"{name}.html"
    html.write_text(page.page(Board(dashboard, {}), seen, answered, ""))
    picture = chromium.picture(html, USUAL, page.height(dashboard, seen))
    return [html, picture] if picture else [html]


def _tell(began: float) -> Any:
    return lambda line: progress.say(f"  {progress.clock(time.monotonic() - began)} {line}")


if __name__ == "__main__":
    sys.exit(main())
