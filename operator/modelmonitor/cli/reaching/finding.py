"""Which Prometheus holds a monitor's series, and how to reach it from here."""

from typing import TYPE_CHECKING

import click

from modelmonitor.cli.reaching import objects
from modelmonitor.cli.reaching.address import Address, Service
from modelmonitor.cli.reaching.clusters import Reached
from modelmonitor.cluster.kinds import Object
from modelmonitor.errors import MonitorError

if TYPE_CHECKING:
    from modelmonitor.cluster.client import Client

HOW = (
    "give its address with --prometheus, such as http://127.0.0.1:9090 after "
    "kubectl port-forward -n monitoring service/prometheus-operated 9090"
)
_OPERATOR = "app.kubernetes.io/name=modelmonitor"
_FLAG, _VARIABLE = "--prometheus-url=", "MODELMONITOR_OPERATOR_PROMETHEUS_URL"


class Nowhere(click.ClickException):
    """No Prometheus is known; says how to name one."""


def address(given: str, own: str, reached: Reached | None) -> Address:
    """Return where Prometheus is: as given, else the monitor's own, else the operator's.

    The address of a Service, which only pods can reach, goes through the API server.

    Raises
    ------
    Nowhere
        If none is named anywhere.
    """
    if given or reached is None:
        url = given or own
        if not url:
            raise Nowhere(f"expected an address of Prometheus, got none; {HOW}")
        return _from_here(url, reached, short=False)
    found = own or reached.ask(operators_url)
    if not found:
        raise Nowhere(
            f"expected spec.prometheus.url, or the operator, to name a Prometheus, got neither; {HOW}"
        )
    return _from_here(found, reached, short=True)


def _from_here(url: str, reached: Reached | None, *, short: bool) -> Address:
    service = Service.of_url(url, short=short) if reached else None
    return service.address(reached.connection) if service and reached else Address(url.rstrip("/"))


async def operators_url(client: "Client") -> str:
    """Return the address that the operator of this cluster was given; empty where that cannot be seen."""
    try:
        deployments = await objects.listed(client, objects.WORKLOADS["Deployment"], None, _OPERATOR)
    except MonitorError:  # whoever sees one namespace alone
        return ""
    return next(filter(None, map(_configured, deployments)), "")


def _configured(deployment: Object) -> str:
    for container in deployment["spec"]["template"]["spec"]["containers"]:
        arguments = [*(container.get("command") or ()), *(container.get("args") or ())]
        for place, argument in enumerate(arguments):
            if argument.startswith(_FLAG):
                return str(argument.removeprefix(_FLAG))
            if argument == _FLAG.rstrip("=") and place + 1 < len(arguments):
                return str(arguments[place + 1])
        for variable in container.get("env") or ():
            if variable["name"] == _VARIABLE:
                return str(variable.get("value", ""))
    return ""
