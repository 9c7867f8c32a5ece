"""Prometheus: what waits by its queries."""
