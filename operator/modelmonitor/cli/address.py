"""Addresses on the command line."""

import click


class Address(click.ParamType[tuple[str, int]]):
    """HOST:PORT; an IPv6 host in brackets."""

    name = "host:port"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Read the text."""
        host, colon, port = str(value).rpartition(":")
        if not colon or not port.isdecimal() or int(port) > 65535:
            self.fail(f"expected HOST:PORT such as 0.0.0.0:8080, got {value!r}", param, ctx)
        return host.strip("[]"), int(port)
