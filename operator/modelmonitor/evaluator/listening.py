"""Sockets that listen."""

import socket

ALL = "::"


def listener(host: str, port: int, backlog: int) -> socket.socket:
    """Listen at an address; at `::` for IPv4 as well, and for IPv4 alone where the machine has no IPv6.

    Raises
    ------
    OSError
        The address is taken, or not of this machine.
    """
    if host == ALL and not socket.has_dualstack_ipv6():
        host = "0.0.0.0"  # noqa: S104 - what `::` means without IPv6
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=backlog, dualstack_ipv6=host == ALL)
