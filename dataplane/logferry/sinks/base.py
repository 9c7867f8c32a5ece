"""What a worker needs of a store."""

from collections.abc import Sequence
from typing import Protocol


class Sink(Protocol):
    """A store. When `write` returns, the records survive a crash; when it raises, none counts as written."""

    def write(self, records: Sequence[bytes | None]) -> None:
        """Write a batch for good. Raises OSError."""

    def close(self) -> None:
        """Give everything back."""
