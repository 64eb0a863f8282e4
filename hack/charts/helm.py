"""Helm, the real one, by its command line."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import tools


class HelmError(Exception):
    """Helm refused; the message is what it said."""


def run(*arguments: str | Path, kubeconfig: Path | None = None) -> str:
    """Run Helm with settings of its own, not those of the user; give its stdout.

    Parameters
    ----------
    kubeconfig
        The cluster to talk to; left out: none, not even one that the environment names.

    Raises
    ------
    HelmError
        With Helm's stderr, if it ends with a status other than 0.
    """
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": os.defpath, "HOME": home, "KUBECONFIG": str(kubeconfig or Path(home) / "none")}
        command = [tools.binary("helm"), *arguments]
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise HelmError(f"{answer.stderr.strip()}\n{answer.stdout.strip()}".strip())
    return answer.stdout


def template(chart: Path, release: str, namespace: str, arguments: Sequence[str] = ()) -> str:
    """Render a chart without its tests, for a cluster that nobody asks.

    Raises
    ------
    HelmError
        If the values are refused or a template fails.
    """
    return run("template", release, chart, "--namespace", namespace, "--skip-tests", *arguments)
