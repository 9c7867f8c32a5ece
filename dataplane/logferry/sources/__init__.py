"""Where a worker takes records from."""

from logferry.sources.base import Batch, Source

__all__ = ["Batch", "Source"]
