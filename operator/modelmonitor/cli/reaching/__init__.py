"""Reaching a cluster as the user's kubectl does, and a Prometheus or an evaluator inside of it."""
