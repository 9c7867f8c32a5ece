"""Kafka: brokers that fail, of three."""

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Reading, Sample
from logpipeline.sources.base import KafkaQuery
from sandbox.sandbox import Sandbox
from tests.contract.kafka.brokers import SLOW, Kafka, Watch
from tests.contract.reading import WITHIN_SECONDS, is_complete
from tests.hazards import hazard

pytestmark = pytest.mark.contract
DEADLINE_SECONDS = 2.0


@pytest.fixture(scope="module")
def sandbox(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    kept = pytestconfig.getoption("--sandbox")
    directory = tmp_path_factory.mktemp("brokers") if kept is None else kept.with_name(f"{kept.name}-brokers")
    sandbox = Sandbox(directory, ("kafka",), brokers=3)
    sandbox.up()
    yield sandbox
    if kept is None:
        sandbox.down(wipe=True)


@pytest.fixture(scope="module")
def kafka(sandbox: Sandbox) -> Kafka:
    kafka = Kafka(sandbox.kafka_bootstrap, replication=3)
    kafka.awake()
    return kafka


class Scene:
    """A group of two topics, one in one copy and one in three; each broker leads two partitions of both."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka, group = kafka, kafka.name("group")
        self.single = kafka.topic(*[0] * 6, copies=1)
        self.copied = kafka.topic(*[0] * 6)
        for topic in (self.single, self.copied):
            kafka.commit(group, topic, *[0] * 6)
        self.one = Watch(kafka, kafka.query(group, self.single), deadline_seconds=DEADLINE_SECONDS)
        self.other = Watch(kafka, kafka.query(group, self.copied), deadline_seconds=DEADLINE_SECONDS)

    async def close(self) -> None:
        await self.one.close()
        await self.other.close()


@pytest.fixture
async def scene(kafka: Kafka) -> AsyncIterator[Scene]:
    scene = Scene(kafka)
    for watch in (scene.one, scene.other):
        await watch.until(is_complete)
        await watch.measure()
        assert watch.wanted(8) < 8
    yield scene
    await scene.close()


def is_partial(reading: Reading) -> bool:
    return isinstance(reading, Sample) and not reading.complete


async def held_until(watch: Watch, is_so: Callable[[Reading], bool], replicas: int = 8) -> Sample:
    """The first reading for which it is so; on none of those before it a smaller count is decided."""

    def is_so_and_held(reading: Reading) -> bool:
        if is_so(reading):
            return True
        assert watch.wanted(replicas) == replicas, reading
        return False

    reading = await watch.until(is_so_and_held)
    assert isinstance(reading, Sample)
    return reading


async def assert_a_part_is_known(scene: Scene) -> None:
    """Two of three brokers answer: what they know can scale out, and nothing is scaled in."""
    await held_until(scene.one, is_partial)
    assert scene.one.reason() == Reason.PARTLY_MEASURED
    assert scene.one.wanted(8) == 8
    known = {partition.partition for partition in scene.one.readings[-1].partitions}  # type: ignore[union-attr]
    assert len(known) == 4
    scene.kafka.produce(scene.single, *[300 if number in known else 0 for number in range(6)])
    await held_until(
        scene.one, lambda reading: isinstance(reading, Sample) and reading.backlog.sum() == 1_200
    )
    assert scene.one.wanted(1, **SLOW) == 4


async def all_are(is_so: Callable[[Reading], bool], watch: Watch, queries: Sequence[KafkaQuery]) -> None:
    """Measure until it is so for all the queries."""
    give_up = time.monotonic() + WITHIN_SECONDS
    while not all(map(is_so, readings := (await watch.reader.sample(queries)).values())):
        assert time.monotonic() < give_up, readings


@hazard(
    seen="`PartlyMeasured`: a partition without a leader, and how many more",
    done="Never fewer; more for what is known to wait",
)
async def test_when_one_of_three_brokers_is_dead(sandbox: Sandbox, scene: Scene) -> None:
    sandbox.stop("kafka-1", signal.SIGKILL)
    try:
        await assert_a_part_is_known(scene)
    finally:
        await asyncio.to_thread(sandbox.start, "kafka-1")
    await held_until(scene.one, is_complete)


@hazard(
    seen="`PartlyMeasured`, within the deadline of a pass", done="Never fewer; more for what is known to wait"
)
async def test_when_one_of_three_brokers_is_frozen(sandbox: Sandbox, scene: Scene) -> None:
    scene.kafka.share_out("__consumer_offsets", 4)
    many = [scene.kafka.query(scene.kafka.name("group"), scene.single) for _ in range(12)]
    await all_are(is_complete, scene.one, many)
    sandbox.stop("kafka-1", signal.SIGSTOP)
    try:
        began = time.monotonic()
        readings = (await scene.one.reader.sample(many)).values()
        took = time.monotonic() - began
        assert any(map(is_partial, readings)), "groups of one broker made those of all others missing"
        await all_are(is_partial, scene.one, many)  # as soon as every group has another coordinator
        await assert_a_part_is_known(scene)
    finally:
        sandbox.stop("kafka-1", signal.SIGCONT)
    assert took < 10 * DEADLINE_SECONDS
    await held_until(scene.one, is_complete)


@hazard(
    seen="`PartlyMeasured` or `SourceTooSlow` for as long as leaders are away",
    done="Never fewer; it goes on with the new leaders, and nothing that waits is forgotten",
)
async def test_when_leaders_are_elected(sandbox: Sandbox, scene: Scene) -> None:
    scene.kafka.produce(scene.copied, *[100] * 6)
    await scene.other.until(lambda reading: isinstance(reading, Sample) and reading.backlog.sum() == 600)
    sandbox.stop("kafka-2", signal.SIGKILL)
    try:
        seen = len(scene.other.readings)
        sample = await held_until(scene.other, is_complete)
        assert sample.backlog.tolist() == [100] * 6
        assert scene.other.wanted(1, **SLOW) > 1
        assert any(not is_complete(reading) for reading in scene.other.readings[seen:])
    finally:
        await asyncio.to_thread(sandbox.start, "kafka-2")


@contextmanager
def slow(sandbox: Sandbox, broker: str) -> Iterator[None]:
    """A broker that is at work for a fiftieth of a second in every fifth of one."""
    over = threading.Event()

    def pulse() -> None:
        while not over.wait(0.02):
            sandbox.stop(broker, signal.SIGSTOP)
            over.wait(0.18)
            sandbox.stop(broker, signal.SIGCONT)

    thread = threading.Thread(target=pulse)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sandbox.stop(broker, signal.SIGCONT)


@hazard(
    seen="`Measured`, a little later; `PartlyMeasured` where the deadline was too short",
    done="Waited for as long as a pass may take; never fewer",
)
async def test_when_one_of_three_brokers_is_slow(sandbox: Sandbox, scene: Scene) -> None:
    with slow(sandbox, "kafka-1"):
        scene.kafka.produce(scene.single, *[300] * 6)
        await held_until(
            scene.one, lambda reading: isinstance(reading, Sample) and reading.backlog.sum() >= 1_200
        )
        assert scene.one.wanted(1, **SLOW) >= 4
        for _ in range(3):
            await scene.one.measure()
            assert scene.one.wanted(8, **SLOW) == 8
    await held_until(scene.one, is_complete)


@hazard(
    seen="`SourceUnreachable`: no broker answered",
    done="The count is held; after `fallback.after` the fallback",
)
async def test_when_all_brokers_are_frozen(sandbox: Sandbox, scene: Scene) -> None:
    brokers = [f"kafka-{number}" for number in range(3)]
    for broker in brokers:
        sandbox.stop(broker, signal.SIGSTOP)
    try:
        for _ in range(2):
            reading = await scene.one.measure()
            assert isinstance(reading, Missing)
        assert scene.one.reason() == Reason.SOURCE_UNREACHABLE
        assert scene.one.wanted(8) == 8
        assert scene.one.wanted(2, fallback={"replicas": 6, "after": "1s"}) == 6
    finally:
        for broker in brokers:
            sandbox.stop(broker, signal.SIGCONT)
    await held_until(scene.one, is_complete)
