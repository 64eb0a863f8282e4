"""Requests that are sent when they are due: latencies without coordinated omission."""

import os
import socket
import time
from collections.abc import Callable


def paced(port: int, count: int, rate: float, request: Callable[[int], bytes], last: bytes) -> list[float]:
    """Send requests at a rate over one connection; return the milliseconds from due to answered.

    `last` is how every answer ends. Sent from the last core, where there are several: the first is for what
    is measured.
    """
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(mine)[1:]) or mine)
    taken: list[float] = []
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            due = time.perf_counter()
            for number in range(count):
                due += 1 / rate
                time.sleep(max(0, due - time.perf_counter()))
                connection.sendall(request(number))
                answer = connection.recv(65536)
                while not answer.endswith(last):
                    answer += connection.recv(65536)
                taken.append((time.perf_counter() - due) * 1000)
    finally:
        os.sched_setaffinity(0, mine)
    return taken
