"""Stream entries on their way to Kafka, and what became of each."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer

from logferry.errors import LogferryError
from logferry.kafka import topic_obstacle
from logferry.stream import Entry

_REFUSED: Final = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_RECORD,
        KafkaError._INVALID_ARG,  # noqa: SLF001  its public name
    }
)
"""Errors that trying again does not mend."""


@dataclass(slots=True)
class Delivery:
    """Entries produced together. Complete when Kafka has answered for each of them."""

    entries: Sequence[Entry]
    unanswered: int
    retriable: list[Entry] = field(default_factory=list)
    refused: list[tuple[Entry, KafkaError]] = field(default_factory=list)

    def delivered_ids(self) -> list[bytes]:
        """Ids of the entries that Kafka has."""
        undelivered = {entry.id for entry in self.retriable} | {entry.id for entry, _ in self.refused}
        return [entry.id for entry in self.entries if entry.id not in undelivered]


class Forwarder:
    """Produces entries to a topic and tells which deliveries are complete.

    Its producer never gives up by itself, so nothing is reordered or doubled by an outage; how much waits
    for Kafka is for the caller to bound.
    """

    def __init__(self, config: dict[str, Any], topic: str) -> None:
        self._bootstrap = str(config["bootstrap.servers"])
        self._topic = topic
        self._producer = Producer(config | {"error_cb": self._on_error})
        self._deliveries: dict[int, Delivery] = {}
        self._in_flight_ids: set[bytes] = set()
        self._complete: list[Delivery] = []
        self._next_delivery = 0
        self._suspect = True
        self._fatal: str | None = None

    @property
    def in_flight(self) -> int:
        """Records that Kafka has not answered for."""
        return sum(delivery.unanswered for delivery in self._deliveries.values())

    @property
    def in_flight_ids(self) -> AbstractSet[bytes]:
        """Ids of every entry of a delivery that is not complete."""
        return self._in_flight_ids

    def obstacle(self) -> str | None:
        """Why nothing can be forwarded now, in a sentence. Asks Kafka only after a sign of trouble."""
        if self._suspect:
            obstacle = topic_obstacle(self._producer, self._bootstrap, self._topic)
            self._suspect = obstacle is not None
            return obstacle
        return None

    def forward(self, entries: Sequence[Entry]) -> None:
        """Hand entries over to the producer; none may be lost on the way, so refusals count as answers."""
        number = self._next_delivery
        self._next_delivery += 1
        self._deliveries[number] = Delivery(entries, unanswered=len(entries))
        self._in_flight_ids.update(entry.id for entry in entries)
        messages: list[dict[str, Any]] = [
            {"value": entry.record, "callback": partial(self._on_delivery, number, entry)}
            for entry in entries
        ]
        if self._producer.produce_batch(self._topic, messages) < len(messages):
            self._take_rejections(number, entries, messages)

    def poll(self, seconds: float) -> list[Delivery]:
        """Deliveries completed since the last call, waiting for news. A fatal error is a LogferryError."""
        self._producer.poll(seconds)
        if self._fatal is not None:
            raise LogferryError(f"the producer for {self._bootstrap} cannot go on: {self._fatal}")
        complete, self._complete = self._complete, []
        return complete

    def abandon(self) -> None:
        """Forget what Kafka has not answered for; it stays pending in the stream."""
        self._producer.purge()
        self._producer.flush(1.0)

    def _take_rejections(
        self, number: int, entries: Sequence[Entry], messages: Sequence[dict[str, Any]]
    ) -> None:
        for entry, message in zip(entries, messages, strict=True):
            error = message.get("_error")
            if error is not None:
                self._settle(number, entry, error)

    def _on_delivery(self, number: int, entry: Entry, error: KafkaError | None, _message: Message) -> None:
        self._settle(number, entry, error)

    def _settle(self, number: int, entry: Entry, error: KafkaError | None) -> None:
        delivery = self._deliveries[number]
        delivery.unanswered -= 1
        if error is not None:
            self._take_failure(delivery, entry, error)
        if delivery.unanswered == 0:
            self._in_flight_ids.difference_update(entry.id for entry in delivery.entries)
            self._complete.append(self._deliveries.pop(number))

    def _take_failure(self, delivery: Delivery, entry: Entry, error: KafkaError) -> None:
        if error.code() in _REFUSED:
            delivery.refused.append((entry, error))
        else:
            delivery.retriable.append(entry)
            self._suspect = True

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = error.str()
        if error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001  its public name
            self._suspect = True
