"""Options that several subcommands share, each with its variable in the environment."""

import os
import socket
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from logferry.errors import UsageError

Kafka = Annotated[
    str | None,
    typer.Option("--kafka", envvar="LOGFERRY_KAFKA", help="Kafka bootstrap servers, HOST:PORT,..."),
]
Topic = Annotated[str | None, typer.Option("--topic", envvar="LOGFERRY_TOPIC", help="Kafka topic.")]
Redis = Annotated[
    str | None, typer.Option("--redis", envvar="LOGFERRY_REDIS", help="Redis URL, redis://HOST:PORT/DB.")
]
Stream = Annotated[str | None, typer.Option("--stream", envvar="LOGFERRY_STREAM", help="Redis stream.")]
Group = Annotated[str, typer.Option("--group", envvar="LOGFERRY_GROUP", help="Consumer group.")]
ConsumerName = Annotated[
    str | None,
    typer.Option(
        "--consumer",
        envvar="LOGFERRY_CONSUMER",
        help="Name in the group, unique among the living. Default: host name and process id.",
    ),
]
Batch = Annotated[
    int,
    typer.Option("--batch", envvar="LOGFERRY_BATCH", min=1, max=100_000, help="Most records in one batch."),
]
Limit = Annotated[
    float | None,
    typer.Option(
        "--limit", envvar="LOGFERRY_LIMIT", min=1, help="Most records per second; stands in for a slow store."
    ),
]
ClaimIdle = Annotated[
    str,
    typer.Option(
        "--claim-idle",
        envvar="LOGFERRY_CLAIM_IDLE",
        help="Take over entries that a consumer has left unacknowledged for so long.",
    ),
]
Listen = Annotated[
    str | None,
    typer.Option(
        "--listen",
        envvar="LOGFERRY_LISTEN",
        help="HOST:PORT of /healthz, /readyz and /metrics, or off. Default: $POD_IP:8080, or :8080.",
    ),
]


class Output(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


OutputFormat = Annotated[
    Output,
    typer.Option("--output", "-o", envvar="LOGFERRY_OUTPUT", help="Print the result as text or as JSON."),
]


def listen_default(listen: str | None) -> str:
    """What was given, or port 8080 of the pod's own address."""
    return listen or f"{os.environ.get('POD_IP', '')}:8080"


def consumer_default(consumer: str | None) -> str:
    """What was given, or a name no other living process on this network has."""
    return consumer or f"{socket.gethostname()}-{os.getpid()}"


@dataclass(frozen=True, slots=True)
class KafkaTopic:
    """A topic and the brokers that have it."""

    bootstrap: str
    topic: str


@dataclass(frozen=True, slots=True)
class RedisStream:
    """A stream and the server that has it."""

    url: str
    stream: str


def kafka_topic(kafka: str | None, topic: str | None) -> KafkaTopic:
    """The options together. Raises UsageError naming the one that is missing."""
    return KafkaTopic(_required("--kafka", kafka), _required("--topic", topic))


def redis_stream(redis: str | None, stream: str | None) -> RedisStream:
    """The options together. Raises UsageError naming the one that is missing."""
    return RedisStream(_required("--redis", redis), _required("--stream", stream))


def one_store(
    kafka: str | None, topic: str | None, redis: str | None, stream: str | None
) -> KafkaTopic | RedisStream:
    """The store that was chosen. Raises UsageError unless it is exactly one."""
    if (kafka is None) == (redis is None):
        raise UsageError("give either --kafka with --topic, or --redis with --stream")
    return redis_stream(redis, stream) if kafka is None else kafka_topic(kafka, topic)


def _required(name: str, value: str | None) -> str:
    if not value:
        raise UsageError(f"{name} is missing: give it, or set LOGFERRY_{name.removeprefix('--').upper()}")
    return value
