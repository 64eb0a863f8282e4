"""Break the demo's model in all its replicas, or heal it; it takes effect with the next request.

    python3 hack/demo/fault.py --errors 0.5                 fail half of the requests
    python3 hack/demo/fault.py --latency 0.8 --slow 0.2     let a fifth of them take 0.8 s longer
    python3 hack/demo/fault.py --heal

The switch is a file in each pod, so pods made later are sound. The cluster is that of KUBECONFIG; the program
called is `kubectl`, or what KUBECTL says.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

NAMESPACE = "demo"
PODS = "app.kubernetes.io/name=breast-cancer"


def switch(kubectl: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """Switch the fault of every replica; give the names of their pods.

    Raises
    ------
    subprocess.CalledProcessError
        If a pod cannot be reached or refuses the arguments.
    """
    pods = _run(
        [*kubectl, "--namespace", NAMESPACE, "get", "pods", "--selector", PODS, "--output", "name"]
    ).split()
    for pod in pods:
        _run([*kubectl, "--namespace", NAMESPACE, "exec", pod, "--", "python", "-m", "fault", *arguments])
    return pods


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> int:
    """Switch as the arguments tell; they are those of the switch in the image."""
    if not sys.argv[1:]:
        sys.exit(__doc__)
    try:
        pods = switch(os.environ.get("KUBECTL", "kubectl").split(), sys.argv[1:])
    except subprocess.CalledProcessError as failure:
        print(failure.stderr.strip(), file=sys.stderr)
        return 1
    print(f"switched in {len(pods)} pods: {' '.join(sys.argv[1:])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
