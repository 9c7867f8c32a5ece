"""The client library's admin client as we set it up, with one of its calls as it is underneath."""

from concurrent.futures import Future
from typing import Any

from confluent_kafka import IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import ListOffsetsResultInfo
from confluent_kafka.cimpl import KafkaError

from logpipeline.sources.base import KafkaConnection
from logpipeline.sources.credentials import PASSWORD, Credentials
from logpipeline.sources.kafka.credentials import properties_of

OffsetAnswers = dict[TopicPartition, ListOffsetsResultInfo | KafkaError]
"""The answer for each partition, or what is wrong with it."""


class OffsetsAdmin(AdminClient):
    """An `AdminClient` that gives the offsets of many partitions in one future.

    `AdminClient.list_offsets` makes a future, with a lock of its own, for every partition: with thousands of
    them that is half of what a pass over a cluster costs.
    """

    def offsets_of(self, asked: list[TopicPartition], seconds: float) -> "Future[OffsetAnswers]":
        """What is found where each of `asked` has the kind of offset that is wanted in place of an offset.

        Records of open transactions count. The future raises KafkaException where nothing could be had.
        """
        future: Future[OffsetAnswers] = Future()
        future.set_running_or_notify_cancel()
        settings: dict[str, Any] = {
            "isolation_level_value": IsolationLevel.READ_UNCOMMITTED.value,
            "request_timeout": seconds,
        }
        super(AdminClient, self).list_offsets(asked, future, **settings)
        return future


class Complaints:
    """What the client last said of its connections; that all are down says less than why one is."""

    def __init__(self) -> None:
        self.latest: KafkaError | None = None

    def hear(self, error: KafkaError) -> None:
        """Be told of one."""
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - its name
            self.latest = error


def new_admin(
    connection: KafkaConnection, credentials: Credentials, seconds: float, complaints: Complaints
) -> OffsetsAdmin:
    """A client that gives up on anything after so many seconds; it connects with its first call.

    Raises KafkaException where it cannot be made of what is given.
    """
    milliseconds = round(1_000 * max(1.0, seconds))
    config: dict[str, Any] = {
        "bootstrap.servers": connection.bootstrap_servers,
        "client.id": "logpipeline",
        # Not a method of who calls: the client would be in a reference cycle, and the collector of garbage
        # would destroy it, which blocks, in whatever thread it runs.
        "error_cb": complaints.hear,
        "log_level": 0,  # its lines say what `Missing` says, many times a second
        # A password that is refused is tried again at this pace until the pass is over.
        "reconnect.backoff.ms": 1_000 if credentials.has_any(PASSWORD) else 100,
        "reconnect.backoff.max.ms": 2_000 if credentials.has_any(PASSWORD) else 1_000,
        "socket.timeout.ms": milliseconds,
        "socket.connection.setup.timeout.ms": milliseconds,
        **properties_of(credentials),
    }
    return OffsetsAdmin(config)
