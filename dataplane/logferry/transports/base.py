"""What the generator needs of a store."""

from collections.abc import Sequence
from typing import Protocol


class Transport(Protocol):
    """Sends records and counts those the store has confirmed."""

    @property
    def acknowledged(self) -> int:
        """Records the store has for certain."""
        ...

    def send(self, first: int, records: Sequence[bytes]) -> None:
        """Send records number `first` and following; waits while too many are unconfirmed."""

    def wait(self, seconds: float) -> None:
        """Pass the time until more is due, taking confirmations."""

    def flush(self) -> None:
        """Wait until everything is confirmed or has failed."""
