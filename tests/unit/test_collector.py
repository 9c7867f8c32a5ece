import asyncio
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
import structlog

from logpipeline.api.conditions import Reason
from logpipeline.collector import Collector
from logpipeline.core.readings import Missing, Reading
from logpipeline.sources.base import Connection, Query, RedisConnection, RedisQuery, RedisServer
from logpipeline.sources.credentials import NO_CREDENTIALS, Credentials
from logpipeline.store import Store
from tests.unit.sources.keys import FakeKeys
from tests.unit.virtual_time import START, now, play

REDIS, OTHER = (
    RedisConnection(RedisServer("redis://one:6379")),
    RedisConnection(RedisServer("redis://:secret@two:6379")),
)


def query(connection: RedisConnection = REDIS, group: str = "collectors") -> RedisQuery:
    return RedisQuery(connection, group, ("log",))


@dataclass
class FakeReader:
    """Notes when it is asked for what; `answer` says how it behaves."""

    seconds: float = 0.0
    answer: Callable[[Collection[Query]], Mapping[Query, Reading]] | None = None
    passes: list[tuple[float, frozenset[Query]]] = field(default_factory=list)
    closed: bool = False

    async def sample(self, queries: Collection[Query]) -> Mapping[Query, Reading]:
        self.passes.append((now() - START, frozenset(queries)))
        await asyncio.sleep(self.seconds)
        if self.answer is not None:
            return self.answer(queries)
        return {one: Missing(now(), Reason.STREAM_MISSING, "not there") for one in queries}

    async def close(self) -> None:
        self.closed = True

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.passes]


class Remembering(Store):
    """Keeps every reading, where a window keeps what decisions need."""

    def __init__(self) -> None:
        super().__init__(window_seconds=900)
        self._told: dict[Hashable, list[Reading]] = {}
        self.count = 0

    def append(self, key: Hashable, reading: Reading) -> None:
        self._told.setdefault(key, []).append(reading)
        self.count += 1
        super().append(key, reading)

    def told(self, key: Hashable) -> list[Reading]:
        return self._told.get(key, [])

    def drop(self, keys: Iterable[Hashable]) -> None:
        gone = tuple(keys)
        for key in gone:
            self._told.pop(key, None)
        super().drop(gone)


class World:
    """A collector with fake readers, made in order of appearance for each connection."""

    def __init__(self, **readers: list[FakeReader]) -> None:
        self.prepared = {REDIS: readers.get("one", [FakeReader()]), OTHER: readers.get("two", [FakeReader()])}
        self.told: list[frozenset[Query]] = []
        self.keys = FakeKeys()
        self.store = Remembering()
        self.collector = Collector(
            self.make,
            self.keys,
            self.store,
            interval=5,
            deadline_seconds=4,
            clock=now,
            on_pass=self.hear,
            spread=lambda: 0,
        )

    def hear(self, _: Connection, queries: frozenset[Query], seconds: float) -> None:
        assert seconds >= 0
        self.told.append(queries)

    def make(self, connection: Connection, credentials: Credentials) -> FakeReader:
        assert isinstance(connection, RedisConnection)
        assert credentials is NO_CREDENTIALS
        return self.prepared[connection].pop(0)


def raise_(queries: Collection[Query]) -> Mapping[Query, Reading]:
    raise OSError(f"{len(queries)} queries and no promise kept")


def test_a_new_connection_is_measured_at_once_and_then_every_five_seconds() -> None:
    async def story() -> None:
        reader = FakeReader()
        world = World(one=[reader])
        world.collector.set_queries([query()])
        await asyncio.sleep(21)
        assert reader.times == [0, 5, 10, 15, 20]
        assert len(world.store.told(query())) == 5
        await world.collector.close()

    play(story)


def test_slow_passes_neither_drift_nor_pile_up() -> None:
    async def story() -> None:
        steady, slow = FakeReader(seconds=1.5), FakeReader(seconds=4.75)
        world = World(one=[steady], two=[slow])
        world.collector.set_queries([query(), query(OTHER)])
        await asyncio.sleep(31)
        assert steady.times == [0, 5, 10, 15, 20, 25, 30]
        assert slow.times == [0, 5, 10, 15, 20, 25, 30]
        await world.collector.close()

    play(story)


def test_a_pass_that_overruns_its_beat_leaves_that_beat_out() -> None:
    async def story() -> None:
        reader = FakeReader(seconds=2)
        world = World(one=[reader])
        world.collector = Collector(
            world.make,
            world.keys,
            world.store,
            interval=1.5,
            deadline_seconds=4,
            clock=now,
            on_pass=world.hear,
        )
        world.collector.set_queries([query()])
        await asyncio.sleep(60)
        gaps = [after - before for before, after in zip(reader.times[1:], reader.times[2:], strict=False)]
        assert all(gap >= 2 for gap in gaps)
        assert len(reader.times) >= 20
        await world.collector.close()

    play(story)


def test_a_new_pipeline_on_a_known_server_does_not_wait_for_the_next_beat() -> None:
    async def story() -> None:
        reader = FakeReader()
        world = World(one=[reader])
        world.collector.set_queries([query()])
        await asyncio.sleep(7)
        world.collector.set_queries([query(), query(group="relays")])
        await asyncio.sleep(4)
        assert reader.times == [0, 5, 7, 10]
        assert len(world.store.told(query(group="relays"))) == 2
        await world.collector.close()

    play(story)


def test_equal_queries_of_many_pipelines_are_measured_once() -> None:
    async def story() -> None:
        reader = FakeReader()
        world = World(one=[reader])
        world.collector.set_queries([query(), query(), query(group="relays")])
        await asyncio.sleep(1)
        assert reader.passes == [(0, frozenset({query(), query(group="relays")}))]
        await world.collector.close()

    play(story)


def test_a_pipeline_that_goes_takes_its_history_with_it() -> None:
    async def story() -> None:
        reader = FakeReader()
        world = World(one=[reader])
        world.collector.set_queries([query(), query(group="relays")])
        await asyncio.sleep(6)
        world.collector.set_queries([query()])
        assert world.store.told(query(group="relays")) == []
        assert len(world.store.told(query())) == 2
        await world.collector.close()

    play(story)


def test_a_pipeline_that_goes_during_a_pass_leaves_no_reading_behind() -> None:
    async def story() -> None:
        reader = FakeReader(seconds=3)
        world = World(one=[reader])
        world.collector.set_queries([query(), query(group="relays")])
        await asyncio.sleep(1)
        world.collector.set_queries([query()])
        await asyncio.sleep(3)
        assert world.store.told(query(group="relays")) == []
        assert world.told == [frozenset({query()})]
        await world.collector.close()

    play(story)


def test_an_unused_connection_is_given_back_and_can_come_again() -> None:
    async def story() -> None:
        first, second = FakeReader(), FakeReader()
        world = World(one=[first, second])
        world.collector.set_queries([query()])
        await asyncio.sleep(1)
        world.collector.set_queries([])
        await asyncio.sleep(1)
        assert first.closed
        assert world.store.told(query()) == []
        assert world.collector.freshness() == {}
        world.collector.set_queries([query()])
        await asyncio.sleep(1)
        assert second.times == [2]
        await world.collector.close()
        assert second.closed

    play(story)


@pytest.mark.parametrize(
    ("bad", "reason", "by"),
    [
        (FakeReader(seconds=3_600), Reason.SOURCE_TOO_SLOW, 5.5),
        (FakeReader(answer=raise_), Reason.SOURCE_UNREACHABLE, 0.1),
        (FakeReader(answer=lambda _: {}), Reason.NOT_YET_MEASURED, 0.1),
    ],
    ids=["hangs", "raises", "forgets"],
)
def test_a_reader_that_breaks_its_promise_makes_a_missing_reading(
    bad: FakeReader, reason: Reason, by: float
) -> None:
    async def story() -> None:
        bad.passes.clear()
        world = World(two=[bad, FakeReader(seconds=1)])
        world.collector.set_queries([query(OTHER)])
        await asyncio.sleep(by)
        (reading,) = world.store.told(query(OTHER))
        assert isinstance(reading, Missing)
        assert reading.reason is reason
        assert "two:6379" in reading.message
        assert "secret" not in reading.message
        await world.collector.close()

    play(story)


def test_a_hanging_reader_is_replaced_and_the_next_pass_is_on_the_beat() -> None:
    async def story() -> None:
        hanging, fresh = FakeReader(seconds=3_600), FakeReader()
        world = World(one=[hanging, fresh])
        world.collector.set_queries([query()])
        await asyncio.sleep(11)
        assert hanging.closed
        assert hanging.times == [0]
        assert fresh.times == [5, 10]
        await world.collector.close()

    play(story)


def test_a_reader_that_swallows_its_cancellation_holds_nobody_up() -> None:
    class Deaf(FakeReader):
        async def sample(self, queries: Collection[Query]) -> Mapping[Query, Reading]:
            try:
                return await super().sample(queries)
            except asyncio.CancelledError:
                await asyncio.sleep(20)
                return {}

    async def story() -> None:
        world = World(one=[Deaf(seconds=3_600), FakeReader(seconds=0.25)])
        world.collector.set_queries([query()])
        await asyncio.sleep(5.5)
        assert len(world.store.told(query())) == 2
        await world.collector.close()
        await asyncio.sleep(30)

    play(story)


def test_one_server_that_hangs_is_not_felt_by_the_others() -> None:
    async def story() -> None:
        healthy = FakeReader()
        world = World(one=[healthy], two=[FakeReader(seconds=3_600) for _ in range(10)])
        world.collector.set_queries([query(), query(OTHER)])
        await asyncio.sleep(21)
        assert healthy.times == [0, 5, 10, 15, 20]
        await world.collector.close()

    play(story)


def test_a_reader_that_cannot_even_be_made_is_tried_again() -> None:
    async def story() -> None:
        world = World(one=[])
        world.collector.set_queries([query()])
        await asyncio.sleep(1)
        world.prepared[REDIS].append(FakeReader())
        await asyncio.sleep(5)
        reasons = [one.reason for one in world.store.told(query()) if isinstance(one, Missing)]
        assert reasons == [Reason.SOURCE_UNREACHABLE, Reason.STREAM_MISSING]
        await world.collector.close()

    play(story)


def test_freshness_tells_how_long_ago_a_pass_ended() -> None:
    async def story() -> None:
        world = World(one=[FakeReader(seconds=2)])
        world.collector.set_queries([query()])
        await asyncio.sleep(1)
        assert world.collector.freshness() == {REDIS: 1}
        await asyncio.sleep(3)
        assert world.collector.freshness() == {REDIS: 2}
        await world.collector.close()

    play(story)


def test_after_each_pass_the_tick_is_told_what_is_new() -> None:
    async def story() -> None:
        world = World()
        world.collector.set_queries([query()])
        await asyncio.sleep(6)
        assert world.told == [frozenset({query()})] * 2
        await world.collector.close()

    play(story)


def test_a_reading_that_cannot_be_stored_costs_nothing_but_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        reader = FakeReader()
        world, append = World(one=[reader]), Remembering.append
        bad, good = query(group="bad"), query(group="good")

        def strict(store: Remembering, key: Hashable, reading: Reading) -> None:
            if key == bad:
                raise ValueError("what is this?")
            append(store, key, reading)

        monkeypatch.setattr(Remembering, "append", strict)
        world.collector.set_queries([bad, good])
        with structlog.testing.capture_logs() as logged:
            await asyncio.sleep(11)
        assert [entry["connection"] for entry in logged] == ["one:6379"] * 3
        assert len(world.store.told(good)) == 3
        assert not world.store.told(bad)
        assert reader.times == [0, 5, 10]
        await world.collector.close()

    play(story)


def test_measuring_goes_on_where_the_news_of_it_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(*_: object) -> None:
        raise ValueError("not now")

    async def story() -> None:
        monkeypatch.setattr(World, "hear", deaf)
        reader = FakeReader()
        world = World(one=[reader])
        world.collector.set_queries([query()])
        with structlog.testing.capture_logs() as logged:
            await asyncio.sleep(11)
        assert len(logged) == 3
        assert len(world.store.told(query())) == 3
        assert reader.times == [0, 5, 10]
        await world.collector.close()

    play(story)


def test_closing_in_the_middle_of_a_pass_leaves_nothing_running() -> None:
    async def story() -> None:
        readers = [FakeReader(seconds=3), FakeReader(seconds=3)]
        world = World(one=[readers[0]], two=[readers[1]])
        world.collector.set_queries([query(), query(OTHER)])
        await asyncio.sleep(1)
        await world.collector.close()
        assert all(reader.closed for reader in readers)

    play(story)


def test_connections_made_together_do_not_beat_together() -> None:
    async def story() -> None:
        first, second = FakeReader(), FakeReader()
        world = World(one=[first], two=[second])
        places = iter([0.2, 0.8])
        world.collector = Collector(
            world.make,
            world.keys,
            world.store,
            interval=5,
            deadline_seconds=4,
            clock=now,
            on_pass=world.hear,
            spread=lambda: next(places),
        )
        world.collector.set_queries([query(), query(OTHER)])
        await asyncio.sleep(8)
        assert {round(t, 3) for t in (first.times[1], second.times[1])} == {4.5, 3.0}
        await world.collector.close()

    play(story)


def test_pipelines_that_come_one_after_the_other_take_no_more_than_half_of_the_time() -> None:
    async def story() -> None:
        reader = FakeReader(seconds=1)
        world = World(one=[reader])
        for count in range(200):
            world.collector.set_queries([query(group=f"group-{number}") for number in range(count)])
            await asyncio.sleep(0.1)
        await asyncio.sleep(3)
        assert 8 <= len(reader.passes) <= 14
        assert len(reader.passes[-1][1]) == 199
        await world.collector.close()

    play(story)


def test_many_readings_let_the_event_loop_breathe() -> None:
    async def story() -> None:
        world, stored_between = World(), [0]
        world.collector.set_queries([query(group=f"group-{number}") for number in range(200)])
        while not world.told:
            await asyncio.sleep(0)
            stored_between.append(world.store.count)
        most = max(after - before for before, after in pairwise(stored_between))
        assert 0 < most < 50
        await world.collector.close()

    play(story)
