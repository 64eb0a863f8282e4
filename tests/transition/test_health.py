"""What the probes are told: a replica that stands by is well, one whose resync is stuck is not."""
