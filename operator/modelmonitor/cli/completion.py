"""`modelmonitor completion`."""

import click
from click.shell_completion import ShellComplete, get_completion_class

from modelmonitor.cli.options import without_color


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
@without_color
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands and options on Tab.

    \b
    bash, in ~/.bashrc:           eval "$(modelmonitor completion bash)"
    zsh, in ~/.zshrc:             eval "$(modelmonitor completion zsh)"
    fish, in config.fish:         modelmonitor completion fish | source
    """
    complete_class = get_completion_class(shell)
    if complete_class is None:  # pragma: no cover - all three come with click
        raise click.UsageError(f"{shell} cannot be completed by this version of click")
    complete = complete_class(context.find_root().command, {}, "modelmonitor", "_MODELMONITOR_COMPLETE")
    click.echo(ShellComplete.source(complete))  # bash's own asks bash for its version first
