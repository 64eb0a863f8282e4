"""Reading a cluster once: what was named on the command line, and errors in one line."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from modelmonitor.cli.reaching import naming
from modelmonitor.errors import Forbidden, KindMissing, MonitorError, Unreachable

if TYPE_CHECKING:
    from modelmonitor.cluster.client import Client
    from modelmonitor.cluster.connection import Connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which cluster and namespace a user means.

    Attributes
    ----------
    kubeconfig, context
        None: what kubectl would use; in a pod its service account.
    namespace
        Empty: that of the context.
    """

    kubeconfig: str | None = None
    context: str | None = None
    namespace: str = ""

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Cluster":
        """Take the options of a cluster out of those of a command."""
        return cls(given.pop("kubeconfig"), given.pop("context"), given.pop("namespace", "") or "")

    def connected(self) -> "Reached":
        """Find out how to reach it; nothing is asked yet.

        Raises
        ------
        click.ClickException
            If there is no usable kubeconfig.
        """
        from modelmonitor.cluster.connection import connect

        try:
            connection = connect(self.kubeconfig, self.context)
            namespace = naming.namespace_name(self.namespace or connection.namespace)
        except Unreachable as error:
            raise click.ClickException(str(error)) from error
        except ValueError as error:
            raise click.ClickException(f"kubeconfig: namespace: {error}; give --namespace") from error
        return Reached(connection, namespace)


@dataclass(frozen=True, slots=True)
class Reached:
    """A cluster with its address, and the namespace that is meant."""

    connection: "Connection"
    namespace: str

    def inside(self, namespace: str) -> "Reached":
        """Return the same with another namespace."""
        return replace(self, namespace=namespace)

    def ask(self, question: Callable[["Client"], Awaitable[T]]) -> T:
        """Ask the API server, and wait for the answer.

        Raises
        ------
        click.ClickException
            If the API refuses, or nobody answers.
        """

        async def asked() -> T:
            from modelmonitor.cluster.client import Client

            async with Client(self.connection) as client:
                return await question(client)

        try:
            return asyncio.run(asked())
        except MonitorError as error:
            raise click.ClickException(told(error)) from error


def told(error: MonitorError) -> str:
    """Say an error to somebody who asks for themselves: rights are theirs, not an operator's."""
    if isinstance(error, KindMissing):
        return f"{error}: modelmonitor crd | kubectl apply --server-side -f -, or install the chart"
    if not isinstance(error, Forbidden):
        return str(error)
    if error.who in {"", "system:anonymous"}:
        return f"{error.said}; log in, or give another --context"
    return f"{error.said} for {error.who}; ask for it, or give another --context or --namespace"
