"""`logferry worker`."""

import time
from enum import StrEnum
from typing import Annotated, Any, Final

import structlog
import typer

from logferry.cli import options
from logferry.cli.runtime import Runtime, running
from logferry.durations import parse_duration
from logferry.errors import UsageError
from logferry.intake import StreamIntake
from logferry.kafka import consumer_config
from logferry.limiter import limited_batch, make_limiter
from logferry.retry import REDIS_AWAY, Patience
from logferry.sinks import NdjsonFiles, parse_sink
from logferry.sources import Source
from logferry.sources.kafka import KafkaSource
from logferry.sources.redis import RedisSource
from logferry.stream import StreamConsumer, connect, place_of
from logferry.worker import Worker

_LONGEST_BATCH_WAIT_SECONDS = 5.0

log = structlog.get_logger()


class GroupProtocol(StrEnum):
    """How Kafka's consumers share partitions. `consumer` is KIP-848 and needs Kafka 4.

    The default is `classic` (cooperative-sticky): with a heartbeat of half a second a new replica has its
    partitions after 0.9 s. With KIP-848 the broker sets the heartbeat, 5 s unless configured.
    """

    CLASSIC = "classic"
    CONSUMER = "consumer"


EXAMPLES: Final = """\b
Examples:
  logferry worker --kafka kafka:9092 --topic access-log --group indexers --sink file:/data
  logferry worker --redis redis://redis:6379/0 --stream gin_logs --group collectors --limit 2000
"""


def worker(
    *,
    group: options.Group = "logferry-worker",
    kafka: options.Kafka = None,
    topic: options.Topic = None,
    redis: options.Redis = None,
    stream: options.Stream = None,
    consumer: options.ConsumerName = None,
    sink: Annotated[
        str, typer.Option(envvar="LOGFERRY_SINK", help="Where to: file:DIRECTORY writes NDJSON files.")
    ] = "file:records",
    rotate_bytes: Annotated[
        int | None, typer.Option(envvar="LOGFERRY_ROTATE_BYTES", min=1, help="Begin a new file at this size.")
    ] = None,
    limit: options.Limit = None,
    batch: options.Batch = 5000,
    batch_wait: Annotated[
        str, typer.Option(envvar="LOGFERRY_BATCH_WAIT", help="How long to wait for a batch to fill.")
    ] = "250ms",
    commit_interval: Annotated[
        str,
        typer.Option(envvar="LOGFERRY_COMMIT_INTERVAL", help="Kafka: commit this often; 0s is every batch."),
    ] = "0s",
    group_protocol: Annotated[
        GroupProtocol, typer.Option(envvar="LOGFERRY_GROUP_PROTOCOL", help="Kafka: rebalance protocol.")
    ] = GroupProtocol.CLASSIC,
    trim: Annotated[
        bool, typer.Option("--trim", envvar="LOGFERRY_TRIM", help="Redis: delete entries that are written.")
    ] = False,
    claim_idle: options.ClaimIdle = "30s",
    listen: options.Listen = None,
) -> None:
    """Write records from a Kafka topic or a Redis stream to NDJSON files, at least once.

    Records are written and synced to disk before they are committed. SIGTERM writes and commits what was
    fetched, leaves the group and exits 0.
    """
    store = options.one_store(kafka, topic, redis, stream)
    name = options.consumer_default(consumer)
    files = NdjsonFiles(parse_sink(sink), f"{name}-{time.time_ns() // 1_000_000}", rotate_bytes=rotate_bytes)
    wait_seconds = _parse_batch_wait(batch_wait)
    commit_seconds, claim_seconds = parse_duration(commit_interval), parse_duration(claim_idle)
    with running(options.listen_default(listen)) as runtime:
        if isinstance(store, options.KafkaTopic):
            config = consumer_config(store.bootstrap, group, protocol=group_protocol, rate_per_second=limit)
            source = _kafka_source(runtime, config, store.topic, wait_seconds, commit_seconds)
        else:
            member = StreamConsumer(connect(store.url), store.stream, group, name)
            source = _redis_source(runtime, member, store.url, wait_seconds, claim_seconds, trim=trim)
        written = Worker(
            source,
            files,
            batch_records=limited_batch(batch, limit),
            limiter=make_limiter(limit),
            shutdown=runtime.shutdown,
            health=runtime.health,
            metrics=runtime.metrics,
        ).run()
    log.info("stopped", written=written)


def _parse_batch_wait(text: str) -> float:
    seconds = parse_duration(text)
    if not 0 < seconds <= _LONGEST_BATCH_WAIT_SECONDS:
        raise UsageError(f"--batch-wait {text} is out of range: more than 0, at most 5s")
    return seconds


def _kafka_source(
    runtime: Runtime, config: dict[str, Any], topic: str, wait_seconds: float, commit_seconds: float
) -> Source[Any]:
    return KafkaSource(
        config,
        topic,
        batch_wait_seconds=wait_seconds,
        commit_interval_seconds=commit_seconds,
        health=runtime.health,
        metrics=runtime.metrics,
    )


def _redis_source(
    runtime: Runtime,
    member: StreamConsumer,
    url: str,
    wait_seconds: float,
    claim_seconds: float,
    *,
    trim: bool,
) -> Source[Any]:
    patience = Patience(place_of(url), REDIS_AWAY, runtime.shutdown, runtime.health, runtime.metrics)
    return RedisSource(
        member,
        StreamIntake(member, patience, runtime.metrics, claim_seconds),
        patience,
        batch_wait_seconds=wait_seconds,
        trim=trim,
        health=runtime.health,
        metrics=runtime.metrics,
    )
