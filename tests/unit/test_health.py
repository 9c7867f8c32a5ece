from logpipeline.health import Health
from logpipeline.sources.base import Connection, KafkaConnection, RedisConnection, RedisServer
from logpipeline.world.view import World

KAFKA, REDIS = KafkaConnection("kafka:9092"), RedisConnection(RedisServer("redis://:secret@redis:6379/0"))


class Sampling:
    def __init__(self, ages: dict[Connection, float]) -> None:
        self.ages = ages

    def freshness(self) -> dict[Connection, float]:
        return self.ages


def test_an_operator_whose_samples_are_fresh_is_well() -> None:
    assert Health(World(), Sampling({KAFKA: 4.0, REDIS: 29.0}), 5).unwell() is None


def test_an_operator_without_pipelines_is_well() -> None:
    assert Health(World(), Sampling({}), 5).unwell() is None


def test_a_sampling_loop_that_stopped_is_named_and_its_password_is_not() -> None:
    wrong = Health(World(), Sampling({KAFKA: 4.0, REDIS: 31.0}), 5).unwell()
    assert wrong == "redis:6379 was last measured 31 s ago"


def test_a_silent_watch_makes_the_operator_unwell() -> None:
    world = World()
    world.silent = "nothing came from the watches"
    assert Health(world, Sampling({}), 5).unwell() == "nothing came from the watches"


def test_the_operator_is_ready_once_all_there_is_has_been_seen() -> None:
    world = World()
    health = Health(world, Sampling({}), 5)
    assert health.unready() is not None
    world.sync()
    assert health.unready() is None
