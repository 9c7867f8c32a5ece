"""What waits in Kafka: one pass over a cluster for all the queries that concern it."""

import asyncio
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from confluent_kafka import KafkaException

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Reading
from logpipeline.sources.base import Clock, KafkaConnection, KafkaQuery
from logpipeline.sources.credentials import Credentials
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.sampling import ClusterPass
from logpipeline.sources.naming import name_of


class KafkaReader:
    """A `SourceReader` for one cluster.

    The client library blocks: its calls are made in one thread of our own, each within what is left of the
    pass's deadline, and never on the event loop. Offsets of groups are read before log end offsets; the
    other way round, what was produced and consumed in between would make lag negative.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        credentials: Credentials,
        *,
        deadline_seconds: float,
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._credentials = credentials
        self._seconds = deadline_seconds
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kafka")
        self._pass: ClusterPass | None = None

    async def sample(self, queries: Collection[KafkaQuery]) -> Mapping[KafkaQuery, Reading]:
        """Measure all queries in one pass."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._sample, tuple(queries))

    async def close(self) -> None:
        """Let go of the cluster; a pass that is still under way ends by its deadline, unheard."""
        self._thread.submit(self._forget)
        self._thread.shutdown(wait=False)

    def _sample(self, queries: tuple[KafkaQuery, ...]) -> Mapping[KafkaQuery, Reading]:
        try:
            if self._pass is None:
                cluster = Cluster(
                    self._connection, self._credentials, seconds=self._seconds, clock=self._clock
                )
                self._pass = ClusterPass(cluster, self._clock)
            return self._pass.run(queries)
        except KafkaException as failure:
            message = (
                f"cannot use {name_of(self._connection)} as bootstrap servers: {failure.args[0].str()}; "
                "give host:port, separated by commas"
            )
            return dict.fromkeys(queries, Missing(self._clock(), Reason.SOURCE_REFUSED, message))

    def _forget(self) -> None:
        self._pass = None
