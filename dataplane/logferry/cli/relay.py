"""`logferry relay`."""

from typing import Annotated, Final

import structlog
import typer

from logferry.cli import options
from logferry.cli.runtime import running
from logferry.delivery import Forwarder
from logferry.durations import parse_duration
from logferry.intake import StreamIntake
from logferry.kafka import producer_config
from logferry.limiter import limited_batch, make_limiter
from logferry.relay import Relay
from logferry.retry import REDIS_AWAY, Patience
from logferry.stream import StreamConsumer, connect, place_of

log = structlog.get_logger()

EXAMPLES: Final = """\b
Examples:
  logferry relay --redis redis://redis:6379/0 --stream gin_logs --kafka kafka:9092 --topic access-log
"""


def relay(
    *,
    redis: options.Redis = None,
    stream: options.Stream = None,
    kafka: options.Kafka = None,
    topic: options.Topic = None,
    group: options.Group = "logferry-relay",
    consumer: options.ConsumerName = None,
    limit: options.Limit = None,
    batch: options.Batch = 1000,
    window: Annotated[
        int,
        typer.Option(
            envvar="LOGFERRY_WINDOW", min=1, max=100_000, help="Stop reading when so many are in flight."
        ),
    ] = 20_000,
    keep: Annotated[
        bool, typer.Option("--keep", envvar="LOGFERRY_KEEP", help="Leave acknowledged entries in the stream.")
    ] = False,
    claim_idle: options.ClaimIdle = "30s",
    drain_timeout: Annotated[
        str, typer.Option(envvar="LOGFERRY_DRAIN_TIMEOUT", help="How long SIGTERM waits for Kafka.")
    ] = "10s",
    listen: options.Listen = None,
) -> None:
    """Move records from a Redis stream to a Kafka topic, at least once and unchanged.

    An entry is acknowledged, and deleted from the stream, only after Kafka has it. While Kafka is away
    nothing is read. SIGTERM waits for what is in flight and exits 0.
    """
    source = options.redis_stream(redis, stream)
    target = options.kafka_topic(kafka, topic)
    claim_idle_seconds, drain_seconds = parse_duration(claim_idle), parse_duration(drain_timeout)
    with running(options.listen_default(listen)) as runtime:
        stream_consumer = StreamConsumer(
            connect(source.url), source.stream, group, options.consumer_default(consumer)
        )
        patience = Patience(
            place_of(source.url), REDIS_AWAY, runtime.shutdown, runtime.health, runtime.metrics
        )
        forwarded = Relay(
            stream_consumer,
            StreamIntake(stream_consumer, patience, runtime.metrics, claim_idle_seconds),
            Forwarder(producer_config(target.bootstrap, delivery_timeout_seconds=0), target.topic),
            patience,
            batch_records=limited_batch(batch, limit),
            window_records=window,
            keep=keep,
            claim_idle_seconds=claim_idle_seconds,
            drain_seconds=drain_seconds,
            limiter=make_limiter(limit),
            shutdown=runtime.shutdown,
            health=runtime.health,
            metrics=runtime.metrics,
        ).run()
    log.info("stopped", forwarded=forwarded)
