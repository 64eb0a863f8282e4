"""What Argo CD and Flux make of the state of a monitor, by the programs of our manifests."""

import json
from collections.abc import Callable
from typing import Any

import yaml
from cel_expr_python import cel
from lupa import lua51

from gitops.engine import MANIFESTS, Json

KEY = "resource.customizations.health.modelmonitor.dev_ModelMonitor"
ORDER = {"failed": "Degraded", "current": "Healthy"}
"""In which order Flux asks, and how Argo CD calls what it finds."""


def by_argo_cd() -> Callable[[Json], Json]:
    """Give the health check that Argo CD runs; it has no library but the base one, as there."""
    documents = yaml.safe_load_all((MANIFESTS / "argocd" / "argocd-cm.yaml").read_text())
    script = next(it for it in documents)["data"][KEY]
    lua = lua51.LuaRuntime(unpack_returned_tuples=True)
    lua.execute("os, io, package, require, string, table, math, debug = nil")
    check = lua.eval(f"function(obj) {script} end")

    def health(monitor: Json) -> Json:
        return dict(check(lua.table_from(json.loads(json.dumps(monitor)), recursive=True)))

    return health


def by_flux() -> Callable[[Json], str]:
    """Give the state that Flux tells by our expressions.

    It waits for an operator that has not seen the newest generation, at an expression that fails, and where
    none is true.
    """
    expressions = flux_expressions()
    variables = dict.fromkeys(("apiVersion", "kind", "metadata", "spec", "status"), cel.Type.DYN)
    programs = {name: cel.NewEnv(variables=variables).compile(expressions[name]) for name in ORDER}

    def health(monitor: Json) -> str:
        seen = monitor.get("status", {}).get("observedGeneration")
        if seen not in {None, monitor["metadata"]["generation"]}:
            return "Progressing"
        said = ((ORDER[name], program.eval(data=monitor)) for name, program in programs.items())
        for state, answer in said:
            if answer.type() == cel.Type.ERROR:
                return "Progressing"
            if answer.value():
                return state
        return "Progressing"

    return health


def flux_expressions() -> dict[str, Any]:
    documents = yaml.safe_load_all((MANIFESTS / "flux" / "cluster.yaml").read_text())
    (checks,) = [it["spec"]["healthCheckExprs"] for it in documents if "healthCheckExprs" in it["spec"]]
    (check,) = checks
    found: dict[str, Any] = check
    return found
