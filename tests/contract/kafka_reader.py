"""A reader of Kafka as the tests need it: with a client process of its own, which ends with it."""

from logpipeline.sources.base import Clock, KafkaConnection
from logpipeline.sources.credentials import NO_CREDENTIALS, Credentials
from logpipeline.sources.kafka.process import ClientProcess
from logpipeline.sources.kafka.reader import KafkaReader
from logpipeline.sources.kafka.wire import REFUSED_SECONDS


class OwnKafkaReader(KafkaReader):
    """A `KafkaReader` that shares nothing."""

    def __init__(
        self,
        connection: KafkaConnection,
        credentials: Credentials = NO_CREDENTIALS,
        *,
        deadline_seconds: float,
        clock: Clock,
        refused_seconds: float = REFUSED_SECONDS,
    ) -> None:
        self.process = ClientProcess()
        super().__init__(
            connection,
            credentials,
            self.process,
            deadline_seconds=deadline_seconds,
            clock=clock,
            refused_seconds=refused_seconds,
        )

    async def close(self) -> None:
        await super().close()
        await self.process.close()
