"""The reference that a monitor in a cluster names."""

from typing import TYPE_CHECKING

from modelmonitor.api import ModelMonitor
from modelmonitor.cluster import kinds
from modelmonitor.plan import reference
from modelmonitor.wire.profile import Profile

if TYPE_CHECKING:
    from modelmonitor.cluster.client import Client


async def profile(client: "Client", monitor: ModelMonitor) -> Profile | None:
    """Return the profile that a monitor names; None where it names none.

    Raises
    ------
    ReferenceUnusable
        If it names one that is not there, or is none.
    """
    wanted = reference.wanted(monitor)
    if wanted is None:
        return None
    body = await client.get(kinds.CONFIG_MAP, wanted.namespace, wanted.name)
    return reference.read(wanted, body)
