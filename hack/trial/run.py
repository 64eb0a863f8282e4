"""Try the evaluator alone, without Kubernetes: `make try`.

A sample model is served, an evaluator stands in front of it, customers ask, and the truth comes late. The
table is that of `modelmonitor stats`. All of it is on the loopback, and gone at the end.
"""

import argparse
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cluster.processes import ClusterError
from modelmonitor.cli.statistics.asking import NoStatistics
from trial import ending, stage, story
from trial.screen import screen

_KEPT = """\
Model and evaluator stay until Ctrl-C. Look for yourself:

  .venv/bin/modelmonitor stats {evaluator}
  curl -s {evaluator}/metrics
"""


def main() -> int:
    """Show it, to the end or to Ctrl-C; 1 if it does not go as it should."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with stage.set_up() as running:
            print(f"$ modelmonitor stats {running.evaluator} --watch", flush=True)
            with screen() as show:
                told = story.tell(running, arguments.seconds, show)
            print(f"\n{ending.words(told)}", flush=True)
            if arguments.keep:
                print(_KEPT.format(evaluator=running.evaluator), flush=True)
                threading.Event().wait()
    except KeyboardInterrupt:
        print("\nstopped; nothing is left running")
    except (stage.TrialError, ClusterError, NoStatistics) as error:
        print(f"try: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long it takes (60)")
    parser.add_argument("--keep", action="store_true", help="leave it running until Ctrl-C afterwards")
    arguments = parser.parse_args()
    if arguments.seconds < story.LEAST_SECONDS:
        parser.error(f"--seconds: expected at least {story.LEAST_SECONDS:.0f}, got {arguments.seconds:g}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
