"""Pods of models as people write them, and what a monitor wants to be added to them."""

from typing import Any

import yaml

from modelmonitor.wire.injection import Injection

Json = dict[str, Any]

SERVERS: dict[str, str] = {
    "mlserver": """
      containers:
      - name: churn
        image: seldonio/mlserver:1.6
        ports:
        - {name: http, containerPort: 8080}
        - {name: grpc, containerPort: 8081}
        - {name: metrics, containerPort: 8082}
        readinessProbe: {httpGet: {path: /v2/health/ready, port: http}}
        livenessProbe: {httpGet: {path: /v2/health/live, port: http}}
        startupProbe: {httpGet: {path: /v2/health/live, port: http}, failureThreshold: 60}
        resources: {requests: {cpu: "1", memory: 1Gi}, limits: {memory: 2Gi}}
    """,
    "triton": """
      containers:
      - name: triton
        image: nvcr.io/nvidia/tritonserver:25.01-py3
        args: [tritonserver, --model-repository=/models]
        ports: [{containerPort: 8000, name: http}, {containerPort: 8001, name: grpc}]
        readinessProbe: {httpGet: {path: /v2/health/ready, port: 8000}}
        resources: {limits: {nvidia.com/gpu: "1"}}
        volumeMounts: [{name: models, mountPath: /models}, {name: dshm, mountPath: /dev/shm}]
      volumes:
      - {name: models, persistentVolumeClaim: {claimName: models}}
      - {name: dshm, emptyDir: {medium: Memory}}
      tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
    """,
    "torchserve": """
      securityContext: {runAsUser: 0, fsGroup: 2000}
      containers:
      - name: torchserve
        image: pytorch/torchserve:0.12.0
        ports: [{containerPort: 8080, name: http}, {containerPort: 8081, name: management}]
        livenessProbe: {exec: {command: [curl, -f, "http://localhost:8080/ping"]}}
        lifecycle:
          postStart: {httpGet: {path: /ping, port: http}}
          preStop: {exec: {command: [sleep, "5"]}}
    """,
    "kserve": """
      initContainers:
      - name: storage-initializer
        image: kserve/storage-initializer:v0.15
        args: ["s3://models/churn", /mnt/models]
        volumeMounts: [{name: kserve-provision-location, mountPath: /mnt/models}]
      containers:
      - name: kserve-container
        image: kserve/sklearnserver:v0.15
        args: [--model_name=churn, --http_port=8080]
        ports: [{containerPort: 8080, name: http, protocol: TCP}]
        readinessProbe: {tcpSocket: {port: 8080}}
        volumeMounts: [{name: kserve-provision-location, mountPath: /mnt/models, readOnly: true}]
      - name: agent
        image: kserve/agent:v0.15
        ports: [{containerPort: 9081, name: agent-port}]
        readinessProbe: {httpGet: {path: /, port: agent-port}}
      volumes: [{name: kserve-provision-location, emptyDir: {}}]
    """,
    "vllm": """
      terminationGracePeriodSeconds: 60
      containers:
      - name: vllm
        image: vllm/vllm-openai:v0.9.0
        args: [--model, mistralai/Mistral-7B-v0.3]
        ports: [{containerPort: 8000, name: http, hostPort: 18000, hostIP: 10.0.0.1}]
        startupProbe: {httpGet: {path: /health, port: http}, failureThreshold: 120}
        lifecycle:
          preStop: {httpGet: {path: /drain, port: http, httpHeaders: [{name: X-From, value: kubelet}]}}
        env: [{name: HF_TOKEN, valueFrom: {secretKeyRef: {name: hf, key: token}}}]
    """,
    "mesh": """
      initContainers:
      - {name: wait-for-db, image: busybox, command: [sh, -c, "true"]}
      - name: istio-proxy
        image: istio/proxyv2:1.26
        restartPolicy: Always
        ports: [{containerPort: 15090, name: http-envoy-prom}]
        startupProbe: {httpGet: {path: /healthz/ready, port: 15021}}
        securityContext: {runAsUser: 1337, runAsNonRoot: true}
      containers:
      - {name: model, image: model, ports: [{containerPort: 8080, name: http}]}
    """,
    "proxied-by-a-sidecar": """
      initContainers:
      - name: oauth-proxy
        image: oauth2-proxy:v7
        restartPolicy: Always
        ports: [{containerPort: 4180, name: http}]
        readinessProbe: {httpGet: {path: /ping, port: http}}
      containers:
      - {name: model, image: model, ports: [{containerPort: 8080, name: backend}]}
    """,
    "pod-level-resources": """
      resources: {requests: {cpu: "2", memory: 4Gi}, limits: {cpu: "2", memory: 4Gi}}
      containers:
      - name: model
        image: model
        ports: [{containerPort: 8080, name: http}]
        resources: {requests: {cpu: "2", memory: 4Gi}}
    """,
    "bare": """
      containers:
      - {name: model, image: model, ports: [{containerPort: 8080, name: http}]}
    """,
    "names-taken": """
      containers:
      - name: model
        image: model
        ports: [{containerPort: 8080, name: http}, {containerPort: 8081, name: http-model}]
      volumes: [{name: modelmonitor-evaluator, emptyDir: {}}]
    """,
}  # fmt: skip
"""Specs of pods, by what serves the model in them."""

PROXY = Injection(
    monitor="churn",
    image="modelmonitor-evaluator:1",
    port="http",
    requests={"cpu": "50m", "memory": "64Mi"},
    limits={"memory": "128Mi"},
    config_map="churn-evaluator",
    reference="churn-reference",
    redis_secret="churn-redis",
    token_secret="churn-labels",
)


def spec(server: str) -> Json:
    """Give the spec of a server's pods."""
    return dict(yaml.safe_load(SERVERS[server]))


def pod(of: Json | str = "bare", **labels: str) -> Json:
    """Give a pod of a spec, or of a server, that asks for the evaluator of the monitor `churn`."""
    marked = {"app": "churn", "modelmonitor.dev/inject": "churn", **labels}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "churn-", "labels": marked},
        "spec": spec(of) if isinstance(of, str) else of,
    }


def template(of: Json | str = "bare") -> Json:
    """Give the pod template of a spec, or of a server, without any mark."""
    return {"metadata": {"labels": {"app": "churn"}}, "spec": spec(of) if isinstance(of, str) else of}
