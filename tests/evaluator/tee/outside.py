"""Run within a network of its own, that of a pod: prints whom models take callers from outside for."""

import asyncio
import json

from evaluator.tee.test_upstream import ask, model, tee
from modelmonitor.evaluator.tee.upstream import Upstream

POD, POD6 = "10.9.8.7", "fd00:9::7"
LISTENING = {
    POD: ("0.0.0.0", "127.0.0.1", POD),  # noqa: S104 - nobody else is in this network
    POD6: ("::", "::1", POD6, "both"),
}


async def seen() -> dict[str, list[object]]:
    """Ask models that listen at each address, and whether they are up."""
    found: dict[str, list[object]] = {}
    for reached, hosts in LISTENING.items():
        for host in hosts:
            async with model(host) as port, tee(port, "::") as passing:
                found[host] = [await ask(passing, reached), await Upstream("localhost", port).accepts()]
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(seen())))  # noqa: T201 - for whoever starts it
