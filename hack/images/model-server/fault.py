"""Break the model of this container, and heal it; it takes effect with the next request.

python -m fault --errors 0.5                 fail half of the requests
python -m fault --latency 0.8 --slow 0.2     let a fifth of them take 0.8 s longer
python -m fault --heal                       serve as well as ever
"""

import argparse
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(os.environ.get("FAULT_FILE", "/tmp/fault.json"))


@dataclass(frozen=True)
class Fault:
    """The share of requests that fail, and the share that take `latency` seconds longer."""

    errors: float = 0.0
    slow: float = 0.0
    latency: float = 0.0


def read() -> Fault:
    """Give the fault that is switched on."""
    try:
        return Fault(**json.loads(FILE.read_text()))
    except FileNotFoundError:
        return Fault()


def switch(fault: Fault) -> None:
    """Switch to this fault; a reader sees the old or the new one, never a part."""
    unfinished = FILE.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(asdict(fault)))
    unfinished.replace(FILE)


def share(text: str) -> float:
    """Read a share.

    >>> share("0.5")
    0.5
    """
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected a share between 0 and 1, got {text}")
    return number


def seconds(text: str) -> float:
    """Read a delay."""
    number = float(text)
    if not 0 <= number <= 60:
        raise argparse.ArgumentTypeError(f"expected between 0 and 60 seconds, got {text}")
    return number


def main() -> None:
    """Switch as the arguments tell and print what is on now."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--errors", type=share, default=0.0, help="share of requests that fail")
    parser.add_argument("--latency", type=seconds, default=0.0, help="seconds that slow requests take longer")
    parser.add_argument("--slow", type=share, default=1.0, help="share of requests that are slow")
    parser.add_argument("--heal", action="store_true", help="no fault")
    wanted = parser.parse_args()
    slow = wanted.slow if wanted.latency else 0.0
    switch(Fault() if wanted.heal else Fault(wanted.errors, slow, wanted.latency))
    print(json.dumps(asdict(read())))


if __name__ == "__main__":
    main()
