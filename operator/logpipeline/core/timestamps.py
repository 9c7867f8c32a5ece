"""Unix seconds <-> the timestamps of the Kubernetes API."""

from datetime import UTC, datetime


def spell_time(at: float) -> str:
    """RFC 3339 in UTC, to the second: `2026-11-11T00:00:00Z`."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str) -> float:
    """Unix seconds. Raises ValueError when `text` is no timestamp."""
    return datetime.fromisoformat(text).timestamp()
