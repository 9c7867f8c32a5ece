"""What a worker needs of a source, whichever store it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Batch(Generic[R]):
    """Records read together, as bytes, and the receipt their source wants back once they are written."""

    records: Sequence[bytes | None]
    receipt: R


class Source(Protocol[R]):
    """A store that delivers each record at least once: again and again until it is acknowledged."""

    def open(self) -> None:
        """Connect, waiting for a server that is away."""

    def fetch(self, most: int) -> Batch[R]:
        """Up to so many records; an empty batch when nothing came in time."""
        ...

    def acknowledge(self, batch: Batch[R]) -> None:
        """The batch is written: it need not be delivered again."""

    def close(self) -> None:
        """Settle what is acknowledged and leave the group, so that others take over at once."""
