"""Show the whole story on a real cluster: `make demo`.

By default a node is started on this machine. Another cluster is used only when it is named:
--cluster existing --context NAME --registry HOST/PATH (the images are pushed there).
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import progress
import tools
from cluster import local
from demo import stack
from demo.mailbox import RECEIVED
from demo.session import PROMETHEUS, StoryError
from demo.story import BUILD, Story
from demo.workload import NAME, NAMESPACE
from images import debian

ACTS = (
    Story.begin,
    Story.profile_the_reference,
    Story.apply_the_monitor,
    Story.see_nothing_fire,
    Story.let_storms_come,
    Story.refuse_an_invalid_edit,
    Story.kill_the_operator,
    Story.see_quality_fall,
    Story.release_a_fault,
    Story.see_drift_told,
    Story.see_quality_told,
    Story.see_availability_told,
    Story.recover,
    Story.see_pages_end,
    Story.see_the_end_told,
    Story.show_the_live_page,
)


_REMOVE = """helm uninstall modelmonitor modelmonitor-crds -n modelmonitor-system --kube-context {context}
  kubectl delete namespace demo monitoring modelmonitor-system
  kubectl delete clusterrole,clusterrolebinding modelmonitor-demo-prometheus \\
    modelmonitor-demo-prometheus-operator
  kubectl delete crd modelmonitors.modelmonitor.dev           # the CRDs of prometheus-operator stay"""


def main() -> int:
    """Tell the story; 1 when it does not end well."""
    arguments = _arguments()
    try:
        stage = _stage(arguments)
        stack.install(stage)
        progress.say("waiting for pods, and for an airport that asks the model")
        stack.await_ready(stage)
        story = Story(stage)
        for act in ACTS:
            act(story)
    except (StoryError, progress.CommandError, debian.ProgramMissingError) as error:
        progress.say(f"demo: {error}")
        return 1
    except KeyboardInterrupt:
        progress.say("demo: interrupted; what is there stays, and the next `make demo` begins anew")
        return 130
    story.timeline.print()
    story.timeline.save(BUILD / "timeline.txt")
    print(_afterwards(arguments))
    return 0


def _stage(arguments: argparse.Namespace) -> stack.Stage:
    if arguments.cluster == "existing":
        return stack.existing_stage(arguments.context, arguments.registry)
    return stack.local_stage()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cluster", choices=("local", "existing"), default="local")
    parser.add_argument("--context", help="context of the existing cluster in your kubeconfig")
    parser.add_argument("--registry", help="where the existing cluster pulls images from")
    arguments = parser.parse_args()
    if arguments.cluster == "existing" and not (arguments.context and arguments.registry):
        parser.error(
            "CLUSTER=existing: expected CONTEXT=… and REGISTRY=… too; the demo breaks things, so name them"
        )
    return arguments


def _afterwards(arguments: argparse.Namespace) -> str:
    existing = arguments.cluster == "existing"
    choose = (
        f"kubectl config use-context {arguments.context}"
        if existing
        else f"export KUBECONFIG={local.state() / 'kubeconfig'} PATH={tools.binary('kubectl').parent}:$PATH"
    )
    clean = _REMOVE.format(context=arguments.context) if existing else "make clean"
    return f"""
Look for yourself

  {choose}
  kubectl get modelmonitors -A
  kubectl describe modelmonitor {NAME} -n {NAMESPACE}
  kubectl logs -n {NAMESPACE} deployment/airport                     # who asks, and who tells what came true
  kubectl logs -n monitoring deployment/receivers              # who was told what
  kubectl get --raw {RECEIVED}
  kubectl get --raw '{PROMETHEUS}/alerts'
  .venv/bin/modelmonitor status {NAME} -n {NAMESPACE}
  .venv/bin/modelmonitor open {NAME} -n {NAMESPACE}                      # the dashboards, live

Clean up

  {clean}
"""


if __name__ == "__main__":
    sys.exit(main())
