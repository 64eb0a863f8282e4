# Any image in which `python3` is Python 3.11 or later, with venv, will do as the base.
ARG BASE=python:3.13-slim

FROM ${BASE} AS pip
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/modelmonitor
WORKDIR /src

# Of the Kubernetes client only the plain half is used; the other, kubernetes.aio, is a quarter of an image.
FROM pip AS dependencies
COPY requirements/operator.txt requirements/
RUN /opt/pip/bin/pip --python /opt/modelmonitor/bin/python install --require-hashes --no-deps --only-binary :all: \
        -r requirements/operator.txt \
 && rm -r /opt/modelmonitor/lib/python3.*/site-packages/kubernetes/aio \
 && /opt/modelmonitor/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/modelmonitor/lib

FROM pip AS evaluator-dependencies
COPY requirements/evaluator.txt requirements/
RUN /opt/pip/bin/pip --python /opt/modelmonitor/bin/python install --require-hashes --no-deps --only-binary :all: \
        -r requirements/evaluator.txt \
 && /opt/modelmonitor/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/modelmonitor/lib

FROM pip AS package
COPY requirements/build.txt requirements/
RUN /opt/pip/bin/pip install --require-hashes --no-deps --only-binary :all: -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY operator/modelmonitor operator/modelmonitor
RUN /opt/pip/bin/pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /wheels . \
 && /opt/pip/bin/pip --python /opt/modelmonitor/bin/python install --no-deps --no-index --root /package /wheels/*.whl \
 && /opt/modelmonitor/bin/python -m compileall -q --invalidation-mode unchecked-hash -s /package /package/opt

FROM ${BASE} AS operator
LABEL org.opencontainers.image.title="modelmonitor" \
      org.opencontainers.image.description="SLOs, burn-rate alerts and dashboards for machine-learning models on Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/modelmonitor/bin:$PATH PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=dependencies /opt/modelmonitor /opt/modelmonitor
COPY --from=package /package /
USER 65532:65532
ENTRYPOINT ["python", "-m", "modelmonitor"]
CMD ["operator"]

FROM ${BASE} AS evaluator
LABEL org.opencontainers.image.title="modelmonitor-evaluator" \
      org.opencontainers.image.description="Counts the predictions of a model, its drift and its truth, beside it" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/modelmonitor/bin:$PATH PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    OPENBLAS_NUM_THREADS=1 MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=32768 MALLOC_TRIM_THRESHOLD_=1048576
COPY --from=evaluator-dependencies /opt/modelmonitor /opt/modelmonitor
COPY --from=package /package /
USER 65532:65532
ENTRYPOINT ["python", "-m", "modelmonitor"]
CMD ["evaluator"]
