"""The relay between a real Redis and a real Kafka: whatever fails, nothing is lost on the way."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from sandbox.sandbox import Sandbox
from tests.contract.logferry.conftest import Addresses, MakeTopic
from tests.contract.logferry.ferry import Ferry, Running, until

pytestmark = pytest.mark.contract

RECORDS = 12_000


@dataclass(frozen=True)
class Route:
    """A stream and the topic its records are to reach."""

    ferry: Ferry
    addresses: Addresses
    redis: redis.Redis
    stream: str
    topic: str

    def fill(self, records: int = RECORDS) -> None:
        """Put records into the stream."""
        self.ferry.generate("--redis", self.addresses.redis, "--stream", self.stream, "--count", str(records))

    def start_relay(self, *options: str) -> Running:
        """Relay them, in the group `relays`."""
        ends = (
            "--redis",
            self.addresses.redis,
            "--stream",
            self.stream,
            "--kafka",
            self.addresses.kafka,
            "--topic",
            self.topic,
        )
        return self.ferry.start("relay", *ends, "--group", "relays", *options)

    def start_worker(self) -> Running:
        """Write what arrived to files."""
        ends = ("--kafka", self.addresses.kafka, "--topic", self.topic)
        return self.ferry.start("worker", *ends, "--group", self.topic)

    @property
    def waiting(self) -> int:
        """Entries in the stream."""
        return self.redis.xlen(self.stream)

    @property
    def pending(self) -> int:
        """Entries read and not acknowledged."""
        return int(self.redis.xpending(self.stream, "relays")["pending"])

    @property
    def group(self) -> dict[str, Any]:
        """What Redis says about the group; empty before there is one."""
        groups = self.redis.xinfo_groups(self.stream)
        return groups[0] if groups else {}

    def wait_half_way(self) -> None:
        """Until some entries are relayed, not all."""
        until(lambda: 0 < self.waiting < RECORDS, "the relay is in the middle")


@pytest.fixture
def route(
    ferry: Ferry, addresses: Addresses, redis_client: redis.Redis, stream: str, make_topic: MakeTopic
) -> Route:
    return Route(ferry, addresses, redis_client, stream, make_topic(2))


@pytest.fixture
def broker(sandbox_directory: Path, kafka_bootstrap: str) -> Iterator[Sandbox]:
    """The broker, to stop; it runs again after the test."""
    assert kafka_bootstrap
    sandbox = Sandbox(sandbox_directory, ["kafka"])
    yield sandbox
    sandbox.up()


def test_records_arrive_unchanged_and_leave_the_stream(route: Route):
    route.fill()
    sent = {fields[b"record"] for _, fields in route.redis.xrange(route.stream)}

    route.start_relay()
    route.start_worker()
    route.ferry.wait_written(RECORDS)

    received = [line for file in route.ferry.sink.iterdir() for line in file.read_bytes().splitlines()]
    assert len(received) == RECORDS
    assert set(received) == sent
    until(lambda: route.waiting == 0, "what Kafka has is deleted from the stream")


def test_acknowledged_entries_stay_where_they_are_kept(route: Route):
    route.fill()

    route.start_relay("--keep")

    until(lambda: route.group.get("entries-read") == RECORDS and route.pending == 0, "all is acknowledged")
    assert route.waiting == RECORDS


def test_nothing_is_lost_while_kafka_is_away(route: Route, broker: Sandbox):
    relay = route.start_relay("--limit", "5000")
    relay.wait_ready()
    route.fill()
    route.wait_half_way()

    broker.stop("kafka", signal.SIGKILL)
    until(lambda: "does not answer" in relay.log.read_text(), "the relay has noticed")
    assert route.waiting > 0, "entries were acknowledged that Kafka cannot have"
    broker.start("kafka")
    route.start_worker()
    route.ferry.wait_written(RECORDS)

    assert route.ferry.count().missing == 0
    until(lambda: route.waiting == 0, "the rest is acknowledged, too")


def test_entries_of_a_killed_relay_are_relayed_by_another(route: Route):
    route.fill()
    first = route.start_relay("--limit", "5000", "--claim-idle", "1s")
    route.wait_half_way()

    first.kill()
    route.start_relay("--claim-idle", "1s")
    route.start_worker()
    route.ferry.wait_written(RECORDS)

    assert route.ferry.count().missing == 0
    until(lambda: route.waiting == 0, "nothing stays pending")


def test_a_relay_that_is_terminated_has_delivered_what_it_read(route: Route):
    route.fill()
    relay = route.start_relay("--limit", "5000")
    route.wait_half_way()

    assert relay.stop() == 0
    assert route.pending == 0
    route.start_worker()
    route.ferry.wait_written(RECORDS - route.waiting)

    assert route.ferry.count().duplicates == 0


def test_a_relay_stopped_while_kafka_is_away_leaves_what_it_could_not_deliver(route: Route, broker: Sandbox):
    relay = route.start_relay("--drain-timeout", "1s", "--limit", "5000")
    relay.wait_ready()
    route.fill()
    route.wait_half_way()
    broker.stop("kafka", signal.SIGKILL)
    until(lambda: "does not answer" in relay.log.read_text(), "the relay has noticed")
    waiting, pending = route.waiting, route.pending

    assert relay.stop() == (1 if pending else 0), relay.log.read_text()

    assert route.waiting == waiting, "an entry was deleted that Kafka does not have"
    assert route.pending == pending


def test_entries_on_their_way_are_not_taken_over(route: Route, broker: Sandbox):
    first = route.start_relay("--limit", "5000", "--claim-idle", "2s")
    route.fill()
    route.wait_half_way()
    broker.stop("kafka", signal.SIGSTOP)
    second = route.start_relay("--claim-idle", "2s")
    until(lambda: "does not answer" in second.log.read_text(), "the second relay waits for Kafka, too")

    broker.stop("kafka", signal.SIGCONT)
    route.start_worker()
    route.ferry.wait_written(RECORDS)

    assert first.process.poll() is None
    assert route.ferry.count().duplicates == 0
