"""The marks on a workload that ask for its pods to get an evaluator, as server-side apply takes them."""

from modelmonitor import wire
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.wire.injection import Injection


def marks(target: Manifest, injection: Injection) -> Manifest:
    """Return what we own of a workload: its label, and on its pod template a label and an annotation.

    Parameters
    ----------
    target
        The workload as it is; its UID keeps a namesake from being marked, or made.
    """
    marked = unmarked(target)
    marked["metadata"]["labels"] = {wire.LABEL_MONITORED_BY: injection.monitor}
    of_pods = {
        "labels": {wire.LABEL_INJECT: injection.monitor},
        "annotations": {wire.ANNOTATION_INJECTION: injection.hash},
    }
    return {**marked, "spec": {"template": {"metadata": of_pods}}}


def unmarked(target: Manifest) -> Manifest:
    """Return the same without any mark: applied, it takes away whatever we own of the workload."""
    metadata = {key: target["metadata"][key] for key in ("name", "namespace", "uid")}
    return {"apiVersion": target["apiVersion"], "kind": target["kind"], "metadata": metadata}
