"""Patience with servers and disks: keep trying, say so, stop when asked to."""

from collections.abc import Callable
from typing import Final, TypeVar

import redis
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from logferry.errors import LogferryError
from logferry.health import Health
from logferry.lifecycle import Shutdown
from logferry.telemetry import Metrics

T = TypeVar("T")

REDIS_AWAY: Final = (
    redis.ConnectionError,  # refused, reset, wrong password, still loading
    redis.TimeoutError,
    redis.ReadOnlyError,  # a replica, until the client finds the new primary
    redis.OutOfMemoryError,
)
_FIRST_WAIT_SECONDS: Final = 0.1
_LONGEST_WAIT_SECONDS: Final = 5.0


class Patience:
    """Runs calls at one place until they succeed, with full jitter up to five seconds between the tries.

    With `give_up_seconds` it tries no longer than that; without, as long as the process is not asked to stop.
    """

    def __init__(
        self,
        place: str,
        transient: tuple[type[Exception], ...],
        shutdown: Shutdown,
        health: Health,
        metrics: Metrics,
        *,
        give_up_seconds: float | None = None,
    ) -> None:
        self._place = place
        self._transient = transient
        self._shutdown = shutdown
        self._health = health
        self._metrics = metrics
        self._give_up_seconds = give_up_seconds

    def call(self, operation: str, function: Callable[[], T]) -> T:
        """The function's result. Raises LogferryError when patience ends before there was one."""
        retrying = Retrying(
            retry=retry_if_exception_type(self._transient),
            wait=wait_random_exponential(multiplier=_FIRST_WAIT_SECONDS, max=_LONGEST_WAIT_SECONDS),
            stop=self._has_ended,
            sleep=self._shutdown.wait,
            before_sleep=lambda state: self._report(operation, state),
            reraise=True,
        )
        try:
            return retrying(function)
        except self._transient as error:
            raise LogferryError(
                f"gave up trying to {operation} at {self._place}; "
                f"what was not acknowledged will be delivered again: {error}"
            ) from error

    def _has_ended(self, state: RetryCallState) -> bool:
        if self._shutdown.requested:
            return True
        return (
            self._give_up_seconds is not None and (state.seconds_since_start or 0.0) > self._give_up_seconds
        )

    def _report(self, operation: str, state: RetryCallState) -> None:
        self._health.beat()
        self._metrics.errors.labels(operation).inc()
        error = state.outcome.exception() if state.outcome else None
        self._health.set_obstacle(f"cannot {operation} at {self._place}, trying again: {error}")
