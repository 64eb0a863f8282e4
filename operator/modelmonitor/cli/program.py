"""A group of commands that are loaded late: completion on Tab and `--help` must not wait for them."""

import errno
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from modelmonitor.cli.legible import legible

PROBLEMS, USAGE = 1, 2
INTERRUPTED, NOBODY_READS = 130, 141  # 128 and the number of the signal, as shells count
_NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command is defined, under its own name in `module`, and what it does in one line."""

    module: str
    summary: str


class NobodyReads(Exception):
    """Whoever read our output has gone, as `| head` does."""


class Program(click.Group):
    """The program: its commands, and how it ends.

    A command returns its exit status, or nothing for 0.
    """

    def __init__(self, name: str, *, commands_by_name: Mapping[str, Command], **attributes: Any) -> None:
        attributes.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(name, **attributes)
        self._commands = commands_by_name

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        """List the names of the commands, the most used first."""
        return list(self._commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in self._commands:
            return None
        command: click.Command = getattr(importlib.import_module(self._commands[cmd_name].module), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands into the help, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in self._commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command, without loading it, or an option."""
        names = [
            CompletionItem(name, help=command.summary)
            for name, command in self._commands.items()
            if name.startswith(incomplete)
        ]
        return (
            names if not incomplete.startswith("-") else click.Command.shell_complete(self, ctx, incomplete)
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; click itself would end it with status 1 when nobody reads."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise NobodyReads from None

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, *_: Any, **extra: Any
    ) -> NoReturn:
        """Run, and exit without a stack trace whatever a user does."""
        extra["standalone_mode"] = False
        _open_streams()
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some costs start-up time
        try:
            status = super().main(args, prog_name or "modelmonitor", **extra)
            sys.stdout.flush()
        except click.ClickException as error:
            vars(error)["message"] = legible(error.message)  # it may quote what a pod says
            error.show()
            status = error.exit_code
        except (click.Abort, KeyboardInterrupt):
            status = INTERRUPTED
        except (NobodyReads, BrokenPipeError):
            _forget_output()
            status = NOBODY_READS
        except OSError as error:
            if error.filename is None and error.errno not in _NOT_WRITTEN:
                raise
            click.echo(f"{error.filename or 'standard output'}: {error.strerror}", err=True)
            if error.filename is None:
                _forget_output()
            status = PROBLEMS
        sys.exit(status or 0)


def _open_streams() -> None:
    """Let what is said go to nowhere where a stream was closed, as by `>&-`; and no file be taken for it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - as long as the program runs


def _forget_output() -> None:
    """Let the interpreter flush to nowhere when it ends: whoever read our output has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
