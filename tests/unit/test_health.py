from dataclasses import dataclass

from logpipeline.health import Health
from logpipeline.sources.base import Connection, KafkaConnection, RedisConnection, RedisServer
from logpipeline.world.view import World

KAFKA, REDIS = KafkaConnection("kafka:9092"), RedisConnection(RedisServer("redis://:secret@redis:6379/0"))


@dataclass
class Sampling:
    ages: dict[Connection, float]

    def freshness(self) -> dict[Connection, float]:
        return self.ages


@dataclass
class Leader:
    silent_seconds: float = 0.0
    refusal: str | None = None


def health(
    ages: dict[Connection, float] | None = None, *, world: World | None = None, leader: Leader | None = None
) -> Health:
    return Health(
        world=world or World(),
        sampling=Sampling(ages or {}),
        leader=leader or Leader(),
        pass_seconds=5,
        silence_seconds=60,
    )


def test_an_operator_whose_samples_are_fresh_is_well() -> None:
    assert health({KAFKA: 4.0, REDIS: 29.0}).unwell() is None


def test_an_operator_without_pipelines_is_well() -> None:
    assert health().unwell() is None


def test_a_sampling_loop_that_stopped_is_named_and_its_password_is_not() -> None:
    wrong = health({KAFKA: 4.0, REDIS: 31.0}).unwell()
    assert wrong == "redis:6379 was last measured 31 s ago"


def test_a_silent_watch_makes_the_operator_unwell() -> None:
    world = World()
    world.silent = "nothing came from the watches"
    assert health(world=world).unwell() == "nothing came from the watches"


def test_an_api_server_that_is_frozen_for_long_makes_the_operator_unwell() -> None:
    assert health(leader=Leader(silent_seconds=59)).unwell() is None
    wrong = health(leader=Leader(silent_seconds=61)).unwell()
    assert wrong == "the API server neither answers nor refuses anything since 61 s"


def test_the_operator_is_ready_once_all_there_is_has_been_seen_also_while_it_stands_by() -> None:
    world = World()
    checked = health(world=world)
    assert checked.unready() is not None
    world.sync()
    assert checked.unready() is None


def test_an_operator_that_may_never_lead_is_not_ready_and_says_why() -> None:
    world = World()
    world.sync()
    leader = Leader(refusal="the operator may not use its Lease")
    assert health(world=world, leader=leader).unready() == "the operator may not use its Lease"
