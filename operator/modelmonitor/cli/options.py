"""Options that several commands share."""

import math
import os
import urllib.parse
from collections.abc import Callable
from typing import Any

import click

from modelmonitor.cli.reaching import completing, naming

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Finite(click.FloatRange):
    """A number within bounds, which `nan` and `inf` are not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the text."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"expected a number, got {value!r}", param, ctx)
        return number


def no_color() -> click.Option:
    """Make the option against colours; the environment variable NO_COLOR says the same."""
    return click.Option(
        ["--no-color"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_no_color,
        help="No colours; so does NO_COLOR.",
    )


def _no_color(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted or os.environ.get("NO_COLOR"):
        context.color = False


def without_color(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option against colours."""
    return click.option(
        "--no-color",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_no_color,
        help="No colours; so does NO_COLOR.",
    )(command)


def logged(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that runs for long the form and the level of its logs."""
    add_form = click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Form of the logs.",
    )
    add_level = click.option(
        "--log-level",
        type=click.Choice(["debug", "info", "warning", "error"]),
        default="info",
        show_default=True,
        help="The least that is logged.",
    )
    return add_form(add_level(command))


def answering(*forms: str) -> Decorator:
    """Give a command the option that chooses among the forms of its answer; the first is the default."""
    return click.option(
        "--output",
        "-o",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help="Form of the answer.",
    )


def monitors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the files that it reads, and the namespace of monitors that name none."""
    add_files = click.argument(
        "paths",
        metavar="FILE|DIR|-...",
        nargs=-1,
        required=True,
        type=click.Path(exists=True, allow_dash=True),
    )
    add_namespace = click.option(
        "--namespace",
        "-n",
        default="default",
        show_default=True,
        callback=named(naming.namespace_name),
        help="Namespace of monitors that name none.",
    )
    return add_files(add_namespace(command))


def monitor_name(*, required: bool) -> Decorator:
    """Give a command the name of a monitor in the cluster."""
    checked = named(naming.object_name)
    return click.argument("name", required=required, shell_complete=completing.monitors, callback=checked)


def in_cluster(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which cluster and namespace, named as kubectl's."""
    add_namespace = click.option(
        "--namespace",
        "-n",
        default="",
        shell_complete=completing.namespaces,
        callback=some_namespace,
        help="Namespace. Default: that of the context.",
    )
    add_kubeconfig = click.option(
        "--kubeconfig", metavar="FILE", default=None, help="Default: as kubectl; in a pod its account."
    )
    add_context = click.option("--context", metavar="NAME", default=None, help="Context of the kubeconfig.")
    return add_namespace(add_kubeconfig(add_context(command)))


def prometheus(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the address of Prometheus."""
    return click.option(
        "--prometheus",
        metavar="URL",
        default="",
        envvar="MODELMONITOR_PROMETHEUS",
        callback=address,
        help="Default: $MODELMONITOR_PROMETHEUS, else what the monitor or the operator names.",
    )(command)


def reference(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the file of the reference that its monitor names."""
    return click.option(
        "--reference",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="What `modelmonitor profile` wrote for the one monitor, where it is not among the files.",
    )(command)


def named(read: Callable[[str], str]) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """Make the callback that refuses what is no name; none is none."""

    def checked(context: click.Context, option: click.Parameter, text: str | None) -> str | None:
        try:
            return None if text is None else read(text)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from None

    return checked


def some_namespace(context: click.Context, option: click.Parameter, name: str) -> str:
    """Refuse what is no name of a namespace; an empty one is none."""
    return named(naming.namespace_name)(context, option, name or None) or ""


def duration(context: click.Context, option: click.Parameter, text: str | None) -> Any:
    """Read a duration such as 10m; nothing is none."""
    from modelmonitor.api.duration import Duration

    if not text:
        return None
    try:
        return Duration.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


def address(context: click.Context, option: click.Parameter, url: str) -> str:
    """Refuse what is no address of a web page."""
    if (url or option.default) and not _is_address(url):
        raise click.BadParameter(
            f"expected an address that begins with http:// or https:// and a host, got {url!r}",
            context,
            option,
        )
    return url


def _is_address(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        host = bool(parts.hostname and parts.port != 0)
    except ValueError:  # of a port, or of an IPv6 address
        return False
    blank = any(it.isspace() or not it.isprintable() for it in url)
    return url.startswith(("http://", "https://")) and host and not blank


def labels(context: click.Context, option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """Read labels written as KEY=VALUE."""
    split = [pair.partition("=") for pair in pairs]
    if wrong := [pair for pair, (key, equals, _) in zip(pairs, split, strict=True) if not key or not equals]:
        raise click.BadParameter(f"expected KEY=VALUE, got {wrong[0]!r}", context, option)
    return {key: value for key, _, value in split}


def scores(context: click.Context, option: click.Parameter, names: tuple[str, ...]) -> dict[str, str]:
    """Read one column, or a column for each class; a column whose own name has a = is taken as it is."""
    if len(names) == 1:
        return {"": names[0]}
    split = [name.partition("=") for name in names]
    if wrong := [
        name
        for name, (label, equals, column) in zip(names, split, strict=True)
        if not (label and equals and column)
    ]:
        raise click.BadParameter(
            f"expected CLASS=COLUMN for each of several, got {wrong[0]!r}", context, option
        )
    return {label: column for label, _, column in split}
