"""How long a container that ended waits before it runs again."""

BASE_SECONDS = 1.0
"""Kubelet begins with 10 s; the sandbox shows the same curve in less time."""
LIMIT_SECONDS = 60.0
HEALTHY_SECONDS = 60.0


class RestartBackoff:
    """Delays that double with every restart, up to a limit, and begin anew after a healthy run."""

    def __init__(self) -> None:
        self._next = BASE_SECONDS

    def delay_after(self, ran_seconds: float) -> float:
        """Seconds to wait after a run of so many seconds."""
        if ran_seconds >= HEALTHY_SECONDS:
            self._next = BASE_SECONDS
        delay, self._next = self._next, min(self._next * 2, LIMIT_SECONDS)
        return delay
