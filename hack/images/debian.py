"""Debian: packages of this machine, and minimal root file systems with Python for images."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import cache
import progress

PACKAGES = {"buildah": "buildah", "mmdebstrap": "mmdebstrap"}
"""The programs needed here, each with the package that has it."""

LEFT_OUT = ("bash-completion", "binfmts", "doc", "info", "lintian", "locale", "man")


class ProgramMissingError(Exception):
    """A program is not installed, and this is not a place where it can be installed unasked."""


def require(*programs: str) -> None:
    """Install the packages of those programs that are absent.

    Raises
    ------
    ProgramMissingError
        Where that takes another user or another distribution.
    progress.CommandError
        If apt-get fails.
    """
    missing = [PACKAGES[it] for it in programs if shutil.which(it) is None]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ProgramMissingError(
            f"images: expected the programs {', '.join(missing)}, got none; install them, or run as "
            "root on Debian, where they are installed for you"
        )
    progress.say(f"installing the Debian packages {', '.join(missing)}; about 20 s, once")
    log = cache.root() / "log" / "apt.log"
    quiet: Mapping[str, str] = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    progress.run("reading the package lists", ["apt-get", "-q", "update"], log, env=quiet)
    progress.run(
        "installing", ["apt-get", "-q", "install", "-y", "--no-install-recommends", *missing], log, env=quiet
    )


def bootstrap_command(suite: str, packages: Sequence[str], tar: Path) -> list[str | Path]:
    """Give the command that writes a root file system, without documentation but for licences."""
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in LEFT_OUT]
    return [
        "mmdebstrap",
        "--variant=essential",
        f"--include={','.join(packages)}",
        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
        *left_out,
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        "--customize-hook=rm -rf $1/var/cache/debconf/*-old $1/var/cache/ldconfig/* $1/var/log/*",
        suite,
        tar,
        *os.environ.get("DEBIAN_MIRROR", "").split(),
    ]
