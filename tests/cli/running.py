"""The program as users run it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MODELMONITOR = Path(sys.executable).with_name("modelmonitor")


@dataclass(frozen=True)
class Program:
    """Runs `modelmonitor` in a folder."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(
        self, *arguments: str | Path, stdin: str | bytes = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end and return what it printed."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        ended = subprocess.run(
            [MODELMONITOR, *arguments],
            input=given,
            capture_output=True,
            check=False,
            cwd=self.folder,
            env={**os.environ, **environment},
            timeout=60,
        )
        out, err = ended.stdout.decode(), ended.stderr.decode()
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(ended.args, ended.returncode, out, err)
