"""The examples as `modelmonitor generate` renders them."""

import functools
from pathlib import Path

from modelmonitor.cli import monitors, rendering, sources
from modelmonitor.plan import Settings

EXAMPLES = Path("manifests/examples")
ROOT = Path(__file__).parents[2]


@functools.cache
def files() -> dict[Path, functools.partial[str]]:
    """Return the rendered rules of each example, by path; dashboards are left out: nobody reads their JSON.

    Raises
    ------
    SystemExit
        If an example is not valid.
    """
    texts = map(sources.read, map(str, sorted((ROOT / EXAMPLES).glob("*.yaml"))))
    read = monitors.load(texts, "default")
    if read.findings:
        raise SystemExit("\n".join(map(str, read.findings)))
    request = rendering.Request(Settings())
    rendered = [file for found in read.found for file in rendering.render(found.monitor, request).files]
    rules = [file for file in rendered if "-dashboard-" not in file.name]
    return {EXAMPLES / "_generated" / file.name: functools.partial(str, file.text) for file in rules}
