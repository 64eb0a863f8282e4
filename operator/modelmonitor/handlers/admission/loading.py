"""The certificate that a replica serves by: read every few seconds, changed without dropping a connection."""

import asyncio
import logging
import os
import socket
import ssl

from aiohttp import web

from modelmonitor.cluster import certificates, kinds
from modelmonitor.cluster.certificates import Pair
from modelmonitor.errors import ClusterError
from modelmonitor.handlers.admission.injecting import Reads

SECONDS_WITHOUT = 1.0
"""Between two looks while there is nothing to serve with."""

logger = logging.getLogger(__name__)


class Loading:
    """Serves an application on one bound socket, by the certificate that the Secret holds."""

    def __init__(self, cluster: Reads, namespace: str, runner: web.AppRunner, bound: socket.socket) -> None:
        self.looked = False
        self._cluster = cluster
        self._namespace = namespace
        self._runner = runner
        self._bound = bound
        self._seen: Pair | None = None
        self._site: web.SockSite | None = None
        self._said = ""

    async def run(self, seconds: float) -> None:
        """Look again after so many seconds each, until cancelled."""
        while True:
            try:
                await self.look()
            except (ClusterError, ssl.SSLError) as error:
                self._say(f"the webhook's certificate cannot be loaded: {error}")
            self.looked = True
            await asyncio.sleep(seconds if self._site else min(seconds, SECONDS_WITHOUT))

    async def look(self) -> None:
        """Read the Secret; serve by what it holds if that is new.

        Raises
        ------
        ClusterError
            If it cannot be read.
        ssl.SSLError
            If it holds nothing to serve by; what is served already stays.
        """
        pair = certificates.read(await self._cluster.get(kinds.SECRET, self._namespace, certificates.SECRET))
        if pair is None or pair == self._seen:
            return
        self._seen = pair
        tls = context(pair)
        site = web.SockSite(self._runner, self._bound.dup(), ssl_context=tls)
        await site.start()
        before, self._site = self._site, site
        if before:  # its connections live on
            await before.stop()
        logger.info("the webhook serves by the certificate of Secret %s", certificates.SECRET)

    def _say(self, text: str) -> None:
        """Say once what is wrong."""
        logger.log(logging.DEBUG if text == self._said else logging.WARNING, "%s", text)
        self._said = text


def context(pair: Pair) -> ssl.SSLContext:
    """Return what serves by a pair; neither of it touches a disk."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    file = os.memfd_create("certificate")
    try:
        os.write(file, f"{pair.certificate}\n{pair.key}".encode())
        made.load_cert_chain(f"/proc/self/fd/{file}", password="")  # or a terminal is asked
    finally:
        os.close(file)
    return made
