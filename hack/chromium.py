"""Pictures of pages, by a headless Chromium where there is one."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import progress

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")


def picture(html: Path, width: int, height: int) -> Path | None:
    """Take a picture of a page, beside it; None where there is no Chromium."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        progress.say("no Chromium here: open the page in a browser")
        return None
    taken = html.with_suffix(".png")
    with tempfile.TemporaryDirectory() as profile:
        flags = [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        command = [program, *flags, f"--screenshot={taken}", html.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return taken
