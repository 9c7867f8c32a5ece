"""How logferry talks to Kafka: settings that were measured, and errors as sentences."""

from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

_SESSION_TIMEOUT_MS: Final = 10_000
_HEARTBEAT_MS: Final = 500
_MOST_PREFETCHED: Final = 100_000
_LEAST_PREFETCHED: Final = 1_000
_PROBE_SECONDS: Final = 2.0

MISSING_TOPIC: Final = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC})  # noqa: SLF001
"""Error codes of a topic that is not there (the second one, though public, is named with an underscore)."""

QUEUE_RECORDS: Final = 200_000
"""Most records a producer holds that Kafka has not acknowledged; with 128 MiB, what bounds its memory."""


def producer_config(bootstrap: str, *, delivery_timeout_seconds: float) -> dict[str, Any]:
    """An idempotent producer: no loss and no duplicates of its own making. A timeout of 0 never gives up."""
    return {
        "bootstrap.servers": bootstrap,
        "client.id": "logferry",
        "acks": "all",
        "enable.idempotence": True,
        "compression.type": "lz4",
        "linger.ms": 20,
        "batch.size": 262_144,
        "queue.buffering.max.messages": QUEUE_RECORDS,
        "queue.buffering.max.kbytes": 131_072,
        "message.timeout.ms": round(delivery_timeout_seconds * 1000),
        "topic.metadata.propagation.max.ms": 5_000,
        "log_level": 2,
    }


def consumer_config(
    bootstrap: str, group: str, *, protocol: str, rate_per_second: float | None = None
) -> dict[str, Any]:
    """A consumer that commits only when told to.

    Offsets that were never committed start at the beginning: a new worker must not skip what waits. A worker
    with a rate prefetches no more than it writes in some seconds, because a rebalance throws that away.
    `fetch.queue.backoff.ms` is one second by default and starves a fast reader to a third of its speed.
    """
    prefetch = _MOST_PREFETCHED if rate_per_second is None else int(4 * rate_per_second)
    config: dict[str, Any] = {
        "bootstrap.servers": bootstrap,
        "client.id": "logferry",
        "group.id": group,
        "group.protocol": protocol,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "fetch.queue.backoff.ms": 10,
        "fetch.wait.max.ms": 100,
        "queued.min.messages": max(_LEAST_PREFETCHED, min(_MOST_PREFETCHED, prefetch)),
        "queued.max.messages.kbytes": 32_768,
        "topic.metadata.refresh.interval.ms": 5_000,
        "allow.auto.create.topics": False,
        "log_level": 2,
    }
    if protocol == "classic":
        # With KIP-848 the broker decides these.
        config |= {
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": _SESSION_TIMEOUT_MS,
            "heartbeat.interval.ms": _HEARTBEAT_MS,
        }
    return config


def away(bootstrap: str) -> str:
    """The sentence for brokers that do not answer."""
    return f"Kafka at {bootstrap} does not answer, trying again"


def missing(bootstrap: str, topic: str) -> str:
    """The sentence for a topic that nobody has created."""
    return f"the topic '{topic}' does not exist at {bootstrap} yet, waiting for it"


def topic_obstacle(client: Consumer | Producer, bootstrap: str, topic: str) -> str | None:
    """Why the topic cannot be used now, in a sentence; None when it can. Blocks for two seconds at most."""
    try:
        metadata = client.list_topics(topic, timeout=_PROBE_SECONDS)
    except KafkaException:
        return away(bootstrap)
    trouble = metadata.topics[topic].error
    if trouble is None:
        return None
    if trouble.code() in MISSING_TOPIC:
        return missing(bootstrap, topic)
    return f"the topic '{topic}' at {bootstrap} cannot be used, trying again: {trouble.str()}"
