"""The dashboards of the story as a page, and a picture of it where there is a Chromium."""

import subprocess
import sys
from pathlib import Path

import chromium
from demo.session import Session, StoryError

SINCE = "15m"
WIDTH, HEIGHT = 1600, 8400


def page(session: Session, namespace: str, name: str, folder: Path) -> list[Path]:
    """Write what `modelmonitor open` shows into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    html = folder / "dashboards.html"
    export = ["open", name, "-n", namespace, "--export", str(html), "--since", SINCE, "--no-color"]
    command = [sys.executable, "-m", "modelmonitor", *export, *map(str, session.command[1:])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StoryError(f"modelmonitor open: expected a page, got: {done.stderr.strip()}")
    picture = chromium.picture(html, WIDTH, HEIGHT)
    return [html, picture] if picture else [html]
