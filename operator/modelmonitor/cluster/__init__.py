"""The shell around Kubernetes and Prometheus: it reads and writes what it is told to, and chooses nothing."""
