"""The CRD as the chart has it, and manifests/install.yaml for people without Helm."""

from pathlib import Path

from charts import CRDS, OPERATOR, ROOT, helm

CRD = ROOT / "crds" / "modelmonitor.dev_modelmonitors.yaml"
NAMESPACE = "modelmonitor-system"
HEADER = f"""\
# ModelMonitor for a whole cluster, without Helm. Rendered from the charts by `make generate`; do not edit.
#
#   kubectl apply --server-side -f manifests/install.yaml
#
# To remove the operator but no monitor:
#
#   kubectl delete clusterrole,clusterrolebinding modelmonitor modelmonitor-{NAMESPACE}
#   kubectl delete namespace {NAMESPACE}
---
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  labels:
    app.kubernetes.io/part-of: modelmonitor
    pod-security.kubernetes.io/enforce: restricted
"""
_METADATA = "\nmetadata:\n"
_KEEP = "  annotations:\n    helm.sh/resource-policy: keep\n"


def crd_for_chart(crd: Path = CRD) -> str:
    """Give the CRD with the annotation by which Helm keeps it, and all monitors, when it uninstalls.

    Raises
    ------
    ValueError
        If the CRD has no top-level metadata.
    """
    before, metadata, after = crd.read_text().partition(_METADATA)
    if not metadata:
        raise ValueError(f"{crd}: expected a top-level metadata, got none; generate it anew")
    return f"{before}{metadata}{_KEEP}{after}"


def install_manifest() -> str:
    """Render both charts for a whole cluster, with the namespace, to be applied in one go.

    Raises
    ------
    helm.HelmError
        If a chart cannot be rendered.
    """
    charts = (helm.template(it, it.name, NAMESPACE) for it in (CRDS, OPERATOR))
    return HEADER + "".join(charts)
