"""`kubectl modelmonitor`: the same program, called by kubectl, and completed by it."""

import os
import sys
from typing import NoReturn

NAME = "kubectl modelmonitor"
_NO_FILES = ":4"
"""What kubectl reads as ShellCompDirectiveNoFileComp: it offers nothing beside what was printed."""
_FILES = ":0"


def main() -> NoReturn:
    """Run as the plugin that kubectl finds by the name kubectl-modelmonitor."""
    from modelmonitor.cli import main as program

    program.main(prog_name=NAME)


def complete() -> NoReturn:
    """Complete the last argument for kubectl, which finds this by the name kubectl_complete-modelmonitor."""
    from click.shell_completion import ShellComplete

    from modelmonitor.cli import main as program

    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    *before, incomplete = sys.argv[1:] or [""]
    found = ShellComplete(program, {}, NAME, "_MODELMONITOR_COMPLETE").get_completions(before, incomplete)
    for item in found:
        if item.type == "plain":
            print(f"{item.value}\t{item.help}" if item.help else item.value)  # noqa: T201 - what kubectl reads
    print(_FILES if any(item.type != "plain" for item in found) else _NO_FILES)  # noqa: T201
    sys.exit(0)
