"""SLOs, burn-rate alerts and dashboards for models on Kubernetes, from one YAML."""

__version__ = "0.1.0"
