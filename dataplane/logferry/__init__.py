"""The data plane of log pipelines: workers, relays and a load generator for access-log records."""

__version__ = "0.1.0"
