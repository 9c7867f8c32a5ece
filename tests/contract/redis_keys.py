"""A Redis server as its users see it: streams and lists that nobody else uses."""

import uuid
from typing import Any

import redis

from logpipeline.sources.base import ListKeys, RedisConnection, RedisQuery, RedisServer

GROUP = "collectors"


class Streams:
    """A server as its users see it, with keys that nobody else uses."""

    def __init__(self, url: str, client: redis.Redis) -> None:
        self.connection = RedisConnection(RedisServer(url))
        self.client = client

    def key(self, kind: str = "stream") -> str:
        return f"{kind}-{uuid.uuid4().hex[:8]}"

    def stream(self, entries: int, *, read: int = 0, acknowledged: int = 0, start: str = "0") -> str:
        """A stream with a group that was given `read` of its entries and has `acknowledged` some of those."""
        key = self.key()
        self.client.xgroup_create(key, GROUP, start, mkstream=True)
        self.add(key, entries)
        given = self.read(key, read) if read else []
        for entry_id in given[:acknowledged]:
            self.client.xack(key, GROUP, entry_id)
        return key

    def read(self, key: str, count: int) -> list[bytes]:
        """Give so many entries to a consumer; their ids."""
        reply: Any = self.client.xreadgroup(GROUP, "one", {key: ">"}, count=count)
        return [entry_id for _, entries in reply for entry_id, _ in entries]

    def add(self, key: str, entries: int) -> None:
        with self.client.pipeline(transaction=False) as pipeline:
            for number in range(entries):
                pipeline.xadd(key, {"n": number})
            pipeline.execute()

    def push(self, key: str, records: int, *, counter: str | None = None) -> None:
        """Push so many records into a list, and count them in the same transaction."""
        with self.client.pipeline(transaction=True) as pipeline:
            pipeline.lpush(key, *range(records))
            if counter is not None:
                pipeline.incrby(counter, records)
            pipeline.execute()

    def ids(self, key: str) -> list[bytes]:
        entries: Any = self.client.xrange(key)
        return [entry_id for entry_id, _ in entries]

    def query(self, *keys: str, group: str = GROUP) -> RedisQuery:
        return RedisQuery(self.connection, group, tuple(sorted(keys)))

    def of_list(self, key: str, *, processing: str | None = None, arrival: str | None = None) -> RedisQuery:
        return RedisQuery(self.connection, lists=(ListKeys(key, processing, arrival),))
