"""Start a story from nothing, also where one was told before."""

from demo import stack
from demo.monitored import Monitored
from demo.session import MONITORS, Session, until
from demo.workload import DEPLOYMENT, NAME, NAMESPACE, Workload

REMEMBERED = f'max_over_time(modelmonitor_evaluator_info{{monitor="{NAME}"}}[1h])'
MEMORIES = (
    ("app.kubernetes.io/name=redis", "demo"),
    ("app.kubernetes.io/name=prometheus", "monitoring"),
    ("app.kubernetes.io/name=alertmanager", "monitoring"),
)
"""Which pods remember, and nothing outside of them: predictions without labels, counts, what was told."""


def forget(session: Session) -> bool:
    """Let go of an earlier story, its monitor, its release and its memories; tell if there was one."""
    session.run("delete", MONITORS, "--all", "-n", NAMESPACE)
    monitor = Monitored(session, NAMESPACE, NAME)
    until("no child of an earlier monitor", 60, lambda: not monitor.children())
    session.run("set", "env", DEPLOYMENT, "ERRORS=0", "-n", NAMESPACE)
    Workload(session).await_pods(evaluators=False)  # or they would fill the memories again
    if not stack.scraped(session, REMEMBERED):
        return False
    for selector, namespace in MEMORIES:
        session.run("delete", "pods", "-l", selector, "-n", namespace)
    stack.await_workloads(session)
    until("a Prometheus that remembers nothing", 120, lambda: _answers(session))
    return True


def _answers(session: Session) -> bool:
    return stack.scraped(session, "vector(1)") and not stack.scraped(session, REMEMBERED)
