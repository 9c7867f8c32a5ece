"""The generator's way into a Redis stream."""

from collections.abc import Sequence
from typing import Final

import redis

from logferry.lifecycle import Shutdown
from logferry.retry import Patience
from logferry.stream import RECORD_FIELD

_PIPELINE_RECORDS: Final = 500


class RedisTransport:
    """Appends in pipelines. One that fails is sent again with the same ids: at least once."""

    def __init__(
        self,
        client: redis.Redis,
        stream: str,
        *,
        max_length: int | None,
        patience: Patience,
        shutdown: Shutdown,
    ) -> None:
        self._client = client
        self._stream = stream
        self._max_length = max_length
        self._patience = patience
        self._shutdown = shutdown
        self._acknowledged = 0

    @property
    def acknowledged(self) -> int:
        """Records that Redis has answered for."""
        return self._acknowledged

    def send(self, first: int, records: Sequence[bytes]) -> None:  # noqa: ARG002  streams have no keys
        """Append and wait for the answer, through outages."""
        for start in range(0, len(records), _PIPELINE_RECORDS):
            part = records[start : start + _PIPELINE_RECORDS]
            self._patience.call("append to the stream", lambda part=part: self._append(part))  # type: ignore[misc]
            self._acknowledged += len(part)

    def wait(self, seconds: float) -> None:
        """Sleep: there is nothing to confirm."""
        self._shutdown.wait(seconds)

    def flush(self) -> None:
        """Everything sent is confirmed already."""

    def _append(self, records: Sequence[bytes]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for record in records:
            pipeline.xadd(self._stream, {RECORD_FIELD: record}, maxlen=self._max_length)
        pipeline.execute()
