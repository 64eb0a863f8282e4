"""A Kubernetes of child processes on this machine: a control plane alone, or a whole node."""
