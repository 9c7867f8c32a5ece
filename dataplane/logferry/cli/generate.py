"""`logferry generate`."""

import secrets
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import msgspec
import typer

from logferry.cli import options
from logferry.cli.runtime import Runtime, running
from logferry.curve import constant, parse_curve
from logferry.durations import parse_duration
from logferry.errors import LogferryError, UsageError
from logferry.generate import Generator, Plan, Report
from logferry.kafka import producer_config
from logferry.retry import REDIS_AWAY, Patience
from logferry.stream import connect, place_of
from logferry.templates import RecordFactory
from logferry.transports import KafkaTransport, RedisTransport, Transport
from logferry.transports.kafka import skewed_keys

_DELIVERY_TIMEOUT_SECONDS = 120.0

EXAMPLES: Final = """\b
Examples:
  logferry generate --kafka kafka:9092 --topic access-log --rate 500 --for 60s
  logferry generate --redis redis://redis:6379/0 --stream gin_logs --count 100000 -o json
  logferry generate --kafka kafka:9092 --topic access-log --curve '0s:500 30s:500 31s:20000'
"""


def generate(
    *,
    kafka: options.Kafka = None,
    topic: options.Topic = None,
    redis: options.Redis = None,
    stream: options.Stream = None,
    rate: Annotated[
        float | None,
        typer.Option(envvar="LOGFERRY_RATE", min=0, help="Records per second. Default: all it can."),
    ] = None,
    curve: Annotated[
        str | None,
        typer.Option(
            envvar="LOGFERRY_CURVE",
            help="A changing rate: '0s:500 30s:500 31s:20000', linear between; or a CSV file time,requests.",
        ),
    ] = None,
    count: Annotated[
        int | None, typer.Option(envvar="LOGFERRY_COUNT", min=1, help="Stop after so many records.")
    ] = None,
    for_: Annotated[
        str | None,
        typer.Option(
            "--for", envvar="LOGFERRY_FOR", help="Stop after this time. Default: the end of the curve."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(envvar="LOGFERRY_SEED", help="The same seed makes the same traffic.")
    ] = 1,
    id_prefix: Annotated[
        str | None,
        typer.Option(envvar="LOGFERRY_ID_PREFIX", help="Ids are PREFIX-0, PREFIX-1, ... Default: random."),
    ] = None,
    key_skew: Annotated[
        float | None,
        typer.Option(envvar="LOGFERRY_KEY_SKEW", min=0, help="Kafka: keys by Zipf's law with this exponent."),
    ] = None,
    maxlen: Annotated[
        int | None,
        typer.Option(envvar="LOGFERRY_MAXLEN", min=1, help="Redis: trim the stream; loses what waits."),
    ] = None,
    output: options.OutputFormat = options.Output.TEXT,
    listen: options.Listen = "off",
) -> None:
    """Send realistic access-log records to a Kafka topic or a Redis stream.

    The last line says how many the store has acknowledged; it exits 1 unless that is all of them.
    """
    store = options.one_store(kafka, topic, redis, stream)
    plan = _make_plan(rate, curve, count, for_)
    prefix = _check_prefix(id_prefix) if id_prefix is not None else secrets.token_hex(4)
    with running(options.listen_default(listen)) as runtime:
        if isinstance(store, options.KafkaTopic):
            keys = None if key_skew is None else skewed_keys(key_skew, seed)
            transport: Transport = _open_kafka(runtime, store, keys)
        else:
            transport = _open_redis(runtime, store, maxlen)
        report = Generator(
            plan,
            prefix,
            RecordFactory(prefix, seed, partial(datetime.now, UTC)),
            transport,
            shutdown=runtime.shutdown,
            health=runtime.health,
            metrics=runtime.metrics,
        ).run()
    _print_report(report, output)
    if report.acknowledged < report.sent:
        raise LogferryError(f"{report.sent - report.acknowledged} records were sent but not acknowledged")


def _make_plan(rate: float | None, curve: str | None, count: int | None, for_: str | None) -> Plan:
    if rate is not None and curve is not None:
        raise UsageError("give --rate or --curve, not both")
    seconds = None if for_ is None else parse_duration(for_)
    if curve is not None:
        shape = parse_curve(curve)
        return Plan(shape, count, shape.seconds if seconds is None and count is None else seconds)
    if rate is None and count is None and seconds is None:
        raise UsageError("without --rate it sends all it can: say when to stop, with --count or --for")
    return Plan(None if rate is None else constant(rate), count, seconds)


def _check_prefix(prefix: str) -> str:
    if not prefix or not prefix.isascii() or not prefix.replace("-", "").replace("_", "").isalnum():
        raise UsageError(f"--id-prefix '{prefix}' may have letters, digits, - and _ only")
    return prefix


def _open_kafka(runtime: Runtime, store: options.KafkaTopic, keys: list[bytes] | None) -> KafkaTransport:
    transport = KafkaTransport(
        producer_config(store.bootstrap, delivery_timeout_seconds=_DELIVERY_TIMEOUT_SECONDS),
        store.topic,
        keys=keys,
        shutdown=runtime.shutdown,
        health=runtime.health,
        metrics=runtime.metrics,
    )
    transport.open()
    return transport


def _open_redis(runtime: Runtime, store: options.RedisStream, maxlen: int | None) -> RedisTransport:
    patience = Patience(place_of(store.url), REDIS_AWAY, runtime.shutdown, runtime.health, runtime.metrics)
    return RedisTransport(
        connect(store.url), store.stream, max_length=maxlen, patience=patience, shutdown=runtime.shutdown
    )


def _print_report(report: Report, output: options.Output) -> None:
    if output is options.Output.JSON:
        typer.echo(msgspec.json.encode(report))
        return
    span = f", ids {report.first_id} to {report.last_id}" if report.sent else ""
    typer.echo(
        f"{report.acknowledged} of {report.sent} records acknowledged in {report.seconds:.1f} s "
        f"({report.per_second:,.0f}/s){span}"
    )
