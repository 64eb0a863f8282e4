"""Argo CD's engine as a process that keeps a namespace as a git repository on this disk says."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import tools
from cluster.processes import DIE_WITH_PARENT

Json = dict[str, Any]
MANIFESTS = Path(__file__).parents[2] / "manifests" / "gitops"


@dataclass(frozen=True)
class Repository:
    """A git repository of a team, with what is to be in its namespace in the folder `deploy`."""

    folder: Path

    def begin(self) -> "Repository":
        self.folder.mkdir()
        self._git("init", "--quiet", "--initial-branch", "main")
        return self

    def commit(self, why: str, **files: object) -> str:
        """Write files of these names, remove those that are None, commit; give the revision."""
        for name, document in files.items():
            path = self.folder / "deploy" / f"{name}.yaml"
            path.parent.mkdir(exist_ok=True)
            if document is None:
                path.unlink()
            else:
                path.write_text(yaml.safe_dump(document))
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", why)
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        who = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            who |= {f"GIT_{role}_NAME": "team", f"GIT_{role}_EMAIL": "team@example.com"}
        command = ["git", *arguments]
        answer = subprocess.run(
            command, cwd=self.folder, env={**os.environ, **who}, check=False, capture_output=True, text=True
        )
        assert answer.returncode == 0, f"{' '.join(command)}: {answer.stderr}"
        return answer.stdout


def application(**changed: Any) -> Json:
    """Give the Application of a team's repository, some fields of its spec changed."""
    document: Json = yaml.safe_load((MANIFESTS / "argocd" / "team.yaml").read_text())
    document["spec"] |= changed
    return document


@dataclass
class Engine:
    """One process of `hack/tools/gitops`; what it says of each round is kept."""

    folder: Path
    kubeconfig: Path
    namespace: str
    repository: Repository
    application: Json
    always: bool = True
    """Apply in each round, even where nothing differs: harder on us than Argo CD is."""
    resync: str = "5s"
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> "Engine":
        (self.folder / "application.yaml").write_text(yaml.safe_dump(self.application))
        command = [
            *DIE_WITH_PARENT, tools.binary("gitops"), "--kubeconfig", self.kubeconfig,
            "--namespace", self.namespace, "--application", self.folder / "application.yaml",
            "--repository", self.repository.folder, "--path", "deploy", "--resync", self.resync,
            f"--always={str(self.always).lower()}",
        ]  # fmt: skip
        with self._said.open("wb") as said, (self.folder / "engine.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=said, stderr=log)
        return self

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=20)

    @property
    def rounds(self) -> list[Json]:
        """What it said of each round so far, a line that is being written left out."""
        lines = self._said.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def await_round(self, wanted: Callable[[Json], bool], seconds: float = 60.0) -> Json:
        """Wait for a round after those that there are that is as wanted; give it."""
        seen, deadline = len(self.rounds), time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := [one for one in self.rounds[seen:] if wanted(one)]:
                return found[0]
            time.sleep(0.1)
        said = (self.rounds or ["nothing"])[-1]
        raise AssertionError(f"the engine said no such thing; last: {said}; {self._log[-2000:]}")

    @property
    def _log(self) -> str:
        return (self.folder / "engine.log").read_text()

    @property
    def _said(self) -> Path:
        return self.folder / "engine.jsonl"


def differing(one: Json) -> list[tuple[str, list[str]]]:
    """Give the objects that differ in a round, and of each the paths of the fields that do."""
    return [
        (it["object"], sorted(_paths(it.get("live"), it.get("predicted"))))
        for it in one.get("differences", [])
    ]


def _paths(live: Any, predicted: Any, at: str = "") -> list[str]:
    if isinstance(live, dict) and isinstance(predicted, dict):
        keys = {**live, **predicted}
        return [path for key in keys for path in _paths(live.get(key), predicted.get(key), f"{at}.{key}")]
    if isinstance(live, list) and isinstance(predicted, list) and len(live) == len(predicted):
        return [
            path
            for i, two in enumerate(zip(live, predicted, strict=True))
            for path in _paths(*two, f"{at}[{i}]")
        ]
    return [] if live == predicted else [at]
