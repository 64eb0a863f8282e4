"""Sockets that listen."""

import socket

ALL = "::"


def bound(host: str, port: int) -> socket.socket:
    """Take an address; at `::` for IPv4 as well, and for IPv4 alone where the machine has no IPv6.

    Nobody is let in before somebody listens.

    Raises
    ------
    OSError
        The address is taken, or not of this machine.
    """
    if host == ALL and not socket.has_dualstack_ipv6():
        host = "0.0.0.0"  # noqa: S104 - what `::` means without IPv6
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if taken.family is socket.AF_INET6:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != ALL)
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise OSError(error.errno, f"{error.strerror}: {host} port {port}") from error
    return taken


def listener(host: str, port: int, backlog: int) -> socket.socket:
    """Listen at an address, as `bound` takes it.

    Raises
    ------
    OSError
        The address is taken, or not of this machine.
    """
    listening = bound(host, port)
    listening.listen(backlog)
    return listening
