"""Start a story from nothing, also where one was told before."""

from demo import stack
from demo.monitored import Monitored
from demo.session import MONITORS, Session, until
from demo.workload import DEPLOYMENT, NAME, NAMESPACE

REMEMBERED = f'max_over_time(modelmonitor_evaluator_info{{monitor="{NAME}"}}[1h])'
MEMORIES = (
    ("deployment/redis", NAMESPACE),
    ("statefulset/prometheus-demo", "monitoring"),
    ("statefulset/alertmanager-demo", "monitoring"),
)
"""Who remembers: which predictions wait for labels, what was counted, and what was told."""


def forget(session: Session) -> bool:
    """Let go of an earlier story, its monitor, its release and its memories; tell if there was one."""
    session.run("delete", MONITORS, "--all", "-n", NAMESPACE)
    monitor = Monitored(session, NAMESPACE, NAME)
    until("no child of an earlier monitor", 60, lambda: not monitor.children())
    session.run("set", "env", DEPLOYMENT, "ERRORS=0", "-n", NAMESPACE)
    if not stack.scraped(session, REMEMBERED):
        return False
    for workload, namespace in MEMORIES:
        session.run("rollout", "restart", workload, "-n", namespace)
    for workload, namespace in (*MEMORIES, (DEPLOYMENT, NAMESPACE)):
        session.run("rollout", "status", workload, "-n", namespace, "--timeout=180s")
    until("a Prometheus that remembers nothing", 120, lambda: not stack.scraped(session, REMEMBERED))
    return True
