"""What is asked for on the command line, before anything of it was read. Nothing here is slow to import."""

from dataclasses import dataclass
from pathlib import Path

DAY_HOURS = 24.0


@dataclass(frozen=True, slots=True)
class Options:
    """All of it."""

    files: tuple[Path, ...] = ()
    """With LogPipelines and SalesEvents; none: what is in the cluster."""
    what_ifs: tuple[Path, ...] = ()
    """With SalesEvents that are not applied yet."""
    namespace: str | None = None
    """None: every one of the cluster."""
    begins: float | None = None
    """Unix seconds; None: now."""
    hours: float = DAY_HOURS
    event: str | None = None
    """Whose whole span is planned, in place of hours."""
    usual: float | None = None
    """Records/s that are usual at the first stage; None: as status tells."""
    price: float | None = None
    """Of a pod for an hour."""
