"""Callers from outside of a pod, in a network of its own: models are reached, and do not trust them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evaluator.tee.outside import POD, POD6

PROGRAM = Path(__file__).with_name("outside.py")
NETWORK = (
    "ip link set lo up && ip link add pod type veth peer name node && "
    "ip link set node up && ip link set pod up && "
    f"ip addr add {POD}/32 dev pod && ip addr add {POD6}/128 dev pod nodad && "
    "ip route add default dev pod && ip -6 route add default dev pod"
)
OF_ITS_OWN = ["unshare", "--map-root-user", "--net", "sh", "-c"]


def test_models_see_callers_from_outside_at_the_address_of_the_pod() -> None:
    if (
        not shutil.which("ip")
        or subprocess.run([*OF_ITS_OWN, NETWORK], capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine gives nobody a network of their own")
    run = [*OF_ITS_OWN, f'{NETWORK} && exec "$@"', "sh", sys.executable, PROGRAM]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(run, capture_output=True, text=True, check=True, env={**os.environ, **path})
    assert json.loads(ended.stdout) == {
        "0.0.0.0": [POD, True],  # noqa: S104 - of a network of its own
        "127.0.0.1": [POD, True],
        POD: [POD, True],
        "::": ["::1", True],
        "::1": ["::1", True],
        POD6: [POD6, True],
        "both": ["::ffff:127.94.64.1", True],
    }
