"""Where a worker writes records to."""

from logferry.sinks.base import Sink
from logferry.sinks.ndjson import NdjsonFiles, parse_sink

__all__ = ["NdjsonFiles", "Sink", "parse_sink"]
