"""The Debian packages that a node runs on; installed if absent, without starting their services."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cache
import progress
from cluster.processes import ClusterError

PROGRAMS = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "ip": "iproute2",
    "iptables": "iptables",
    "nft": "nftables",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "nsenter": "util-linux",
    "openssl": "openssl",
}
"""What is run, each with its package."""

POLICY = Path("/usr/sbin/policy-rc.d")
SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def require() -> None:
    """Install what is absent.

    Raises
    ------
    ClusterError
        Where that takes another user or another distribution; it names the packages.
    progress.CommandError
        If apt-get fails.
    """
    missing = sorted(
        {package for program, package in PROGRAMS.items() if not shutil.which(program, path=SEARCHED)}
    )
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise ClusterError(
            f"local cluster: expected the packages {', '.join(missing)}, got none of them; install them "
            "(as root on Debian it is done for you)"
        )
    progress.say(f"installing the Debian packages {', '.join(missing)}: about 20 s, once")
    log = cache.root() / "log" / "apt.log"
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    with cache.lock("apt"), _no_service_starts():
        progress.run("reading the package lists", [*apt, "update"], log, env=quiet)
        progress.run(
            "installing", [*apt, "install", "-y", "--no-install-recommends", *missing], log, env=quiet
        )


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Forbid it the way Debian means it: by a policy, unless the machine has its own."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
