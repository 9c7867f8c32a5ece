"""What a worker does with a real Redis stream when things happen to it."""

import pytest
import redis

from tests.contract.logferry.ferry import Ferry, Running, until

pytestmark = pytest.mark.contract


def start_worker(ferry: Ferry, url: str, stream: str, *options: str) -> Running:
    return ferry.start("worker", "--redis", url, "--stream", stream, "--group", "collectors", *options)


def pending_entries(client: redis.Redis, stream: str) -> int:
    return int(client.xpending(stream, "collectors")["pending"])


def test_a_worker_that_is_terminated_leaves_nothing_pending(
    ferry: Ferry, redis_url: str, redis_client: redis.Redis, stream: str
):
    ferry.generate("--redis", redis_url, "--stream", stream, "--count", "10000")
    first = start_worker(ferry, redis_url, stream, "--limit", "4000")
    ferry.wait_written(1)

    assert first.stop() == 0
    assert pending_entries(redis_client, stream) == 0
    assert redis_client.xinfo_consumers(stream, "collectors") == [], "it has left the group"

    start_worker(ferry, redis_url, stream)
    ferry.wait_written(10_000)
    assert ferry.count().duplicates == 0


def test_what_a_dead_consumer_left_pending_is_taken_over(
    ferry: Ferry, redis_url: str, redis_client: redis.Redis, stream: str
):
    ferry.generate("--redis", redis_url, "--stream", stream, "--count", "3000")
    redis_client.xgroup_create(stream, "collectors", id="0")
    redis_client.xreadgroup("collectors", "dead", {stream: ">"}, count=1000)

    start_worker(ferry, redis_url, stream, "--claim-idle", "1s", "--batch", "300")
    ferry.wait_written(3_000)

    until(lambda: pending_entries(redis_client, stream) == 0, "everything is acknowledged")


def test_a_worker_restarted_under_its_name_goes_on_where_it_was_killed(
    ferry: Ferry, redis_url: str, redis_client: redis.Redis, stream: str
):
    ferry.generate("--redis", redis_url, "--stream", stream, "--count", "1000")
    redis_client.xgroup_create(stream, "collectors", id="0")
    redis_client.xreadgroup("collectors", "collector-0", {stream: ">"}, count=600)

    start_worker(ferry, redis_url, stream, "--consumer", "collector-0", "--claim-idle", "1h")

    ferry.wait_written(1_000)


def test_written_entries_are_trimmed_where_that_is_wanted(
    ferry: Ferry, redis_url: str, redis_client: redis.Redis, stream: str
):
    ferry.generate("--redis", redis_url, "--stream", stream, "--count", "1000")

    start_worker(ferry, redis_url, stream, "--trim")

    until(lambda: redis_client.xlen(stream) == 0, "the stream is empty")
    assert ferry.count().distinct == 1_000


def test_a_group_lost_with_its_redis_is_made_again(
    ferry: Ferry, redis_url: str, redis_client: redis.Redis, stream: str
):
    start_worker(ferry, redis_url, stream).wait_ready()
    redis_client.delete(stream)

    ferry.generate("--redis", redis_url, "--stream", stream, "--count", "500")

    ferry.wait_written(500)
