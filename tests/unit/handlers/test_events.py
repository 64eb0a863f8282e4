"""What kopf's part costs."""

import subprocess
import sys

SCRIPT = """
import sys
from modelmonitor.handlers import events
print(any(name.partition(".")[0] == "kubernetes" for name in sys.modules))
from kubernetes.config import kube_config
import kopf
"""


def test_kopf_does_not_load_the_client_that_only_kubeconfigs_need() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
