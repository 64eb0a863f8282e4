# Every task of the project. `make help` lists them; CI calls the same ones.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CACHE ?= $(or $(MODELMONITOR_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/modelmonitor)
PYTHON ?= python3
CLUSTER ?= local
CONTEXT ?=
REGISTRY ?=
ARGS ?=
BENCH ?= generate many_monitors tee ingest counting join profiling whole_evaluator peers verdicts detection rules
venv := .venv/bin
OLDER_PYTHON = $(shell $(venv)/python -c 'import sys; print("yes" if sys.version_info < (3, 13) else "")')
export MODELMONITOR_CACHE := $(CACHE)

.PHONY: help check test e2e try demo bench thorough generate requirements cluster-up cluster-down images clean preview

help: ## List the tasks
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}'

.venv: requirements/dev.txt pyproject.toml ## Install the pinned tools and the package into .venv
	@echo "Installing pinned Python packages into .venv (about a minute the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0])'
	@[ -x $(venv)/python ] || $(PYTHON) -m venv .venv
	@$(venv)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(venv)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch .venv

requirements: ## Pin the requirement files anew (needs uv)
	cd requirements && for use in operator evaluator build dev ../hack/images/model-server/requirements; do \
	  UV_CUSTOM_COMPILE_COMMAND="make requirements" uv pip compile --quiet --upgrade --generate-hashes --universal \
	    --python-version 3.11 --no-emit-index-url --no-emit-find-links $$use.in -o $$use.txt; done
	for input in tests/servers/*.in hack/peers/python/*.in; do \
	  UV_CUSTOM_COMPILE_COMMAND="make requirements" uv pip compile --quiet --upgrade --generate-hashes \
	    --python-version 3.11 --no-emit-index-url --no-emit-find-links $$input -o $${input%.in}.txt; done

generate: .venv ## Write all generated files: CRD, charts' copies, install.yaml, examples
	@$(venv)/python hack/generate.py

check: .venv ## Lint, types, import rules, freshness of generated files
	@echo "ruff: style";            $(venv)/ruff check --quiet . && $(venv)/ruff format --quiet --check .
	@echo "mypy: types (strict)";   $(venv)/mypy
	@echo "import-linter: who may import whom"; $(venv)/lint-imports --no-cache
	@echo "generated files";        $(venv)/python hack/generate.py --check

test: .venv ## Run all tests that need no root: unit, promtool, a real API server
	@echo "Preparing promtool, Prometheus, Kubernetes and Helm (built once, about 10 minutes on two cores)"
	@$(venv)/python hack/tools.py promtool prometheus kube helm >/dev/null
	@echo "Preparing a Redis server, model servers of other makers and real data (fetched once, about 4 minutes)"
	@$(venv)/python hack/redis_server.py >/dev/null
	@$(if $(OLDER_PYTHON),$(venv)/python hack/environments.py tests/servers/*.txt >/dev/null)
	@$(venv)/python hack/datasets.py >/dev/null
	@$(venv)/python -m pytest $(ARGS)

e2e: .venv ## Tell the whole story on a real local cluster and check every step of it (root); KEEP=1 keeps the cluster, MODELMONITOR_THOROUGH=1 adds the long tests
	@$(venv)/python -m pytest -v -m cluster tests/node/test_life_cycle.py $(ARGS)
	@$(venv)/python hack/cluster/local.py up >/dev/null
	@$(venv)/python -m pytest -v --capture=no -m cluster tests/e2e tests/node --ignore tests/node/test_life_cycle.py $(ARGS)
	@$(if $(KEEP),true,$(venv)/python hack/cluster/local.py down --purge)

try: .venv ## Try the evaluator alone: a sample model, drift, late truth, a live table (a minute, no root)
	@$(venv)/python hack/trial/run.py $(ARGS)

demo: .venv ## Show it: a cluster, a model that meets storms, who is told and when (root; or CLUSTER=existing CONTEXT=… REGISTRY=…)
	@$(venv)/python hack/demo/run.py --cluster $(CLUSTER) $(if $(CONTEXT),--context $(CONTEXT)) $(if $(REGISTRY),--registry $(REGISTRY)) $(ARGS)

bench: .venv ## Measure against peers; tables and JSON in build/bench. BENCH=cluster_load needs the cluster
	@for it in $(BENCH); do echo "== $$it"; $(venv)/python tests/bench/$$it.py $(ARGS); done

thorough: .venv ## The long tests: full sweeps, long quiet periods, kill loops; those of the cluster, too (root; two hours)
	@MODELMONITOR_THOROUGH=1 $(venv)/python -m pytest $(ARGS)
	@MODELMONITOR_THOROUGH=1 $(MAKE) --no-print-directory e2e

cluster-up: .venv ## Start the local cluster (root); prints the path of its kubeconfig
	@$(venv)/python hack/cluster/local.py up

cluster-down: .venv ## Stop the local cluster, keep its data
	@$(venv)/python hack/cluster/local.py down

images: .venv ## Build all container images into the cache, without a registry
	@$(venv)/python hack/images/build.py

preview: .venv ## Draw the dashboards with real Prometheus data into build/preview
	@$(venv)/python hack/preview/render.py

clean: ## Remove the local cluster, its state and everything it left on this machine
	@$(PYTHON) hack/cluster/local.py down --purge && $(PYTHON) hack/cluster/local.py leftovers
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
