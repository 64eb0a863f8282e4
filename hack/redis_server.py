"""A Redis or Valkey server for tests and benchmarks: the installed one, or Debian's, unpacked into the cache.

python3 hack/redis_server.py    print the path of a program that starts it
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import cache
import progress

NAMES = ("redis-server", "valkey-server")
PACKAGE = "redis-server"
START = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH=$(find "$here/root" -name '*.so*' -printf '%h:')
exec "$here/root/usr/bin/redis-server" "$@"
"""


class ServerMissingError(Exception):
    """No server is installed, and this is not a place where one can be had unasked."""


def binary() -> Path:
    """Give the path of a server; fetch one if none is installed, which needs no rights but a Debian.

    Raises
    ------
    ServerMissingError
        On another distribution.
    progress.CommandError
        If apt-get or dpkg-deb fails.
    """
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    folder = cache.root() / "redis"
    with cache.lock("redis"):
        if not (folder / "start").exists():
            fetch(folder)
    return folder / "start"


def fetch(folder: Path) -> None:
    """Unpack Debian's server, and the libraries that are not installed, into a folder."""
    if shutil.which("apt-get") is None:
        raise ServerMissingError(
            f"redis: expected one of {', '.join(NAMES)}, got none; install one (on Debian it is fetched)"
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = cache.root() / "log" / "redis.log"
    progress.say(f"fetching Debian's {PACKAGE}; some seconds, once")
    if os.geteuid() == 0:  # a new machine has no lists; others may only read those that are there
        progress.run("reading the package lists", ["apt-get", "-q", "update"], log)
    progress.run("fetching", ["apt-get", "-q", "download", *_packages()], log, cwd=folder)
    for package in sorted(folder.glob("*.deb")):
        progress.run("unpacking", ["dpkg-deb", "-x", package, folder / "root"], log)
    (folder / "start").write_text(START)
    (folder / "start").chmod(0o755)


def _packages() -> list[str]:
    """Name the package and those that it needs here, by a rehearsal of its installation."""
    rehearsal = subprocess.run(
        ["apt-get", "-q", "--simulate", "--no-install-recommends", "install", PACKAGE],
        env={**os.environ, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line.split()[1] for line in rehearsal.stdout.splitlines() if line.startswith("Inst ")]
    return found or [PACKAGE]


if __name__ == "__main__":
    sys.stdout.write(f"{binary()}\n")
