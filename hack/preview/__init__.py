"""Draw the dashboards of a monitor with data from a real Prometheus, to be looked at without Grafana."""
