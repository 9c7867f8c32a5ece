import pytest
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.sources.base import KafkaConnection, RedisConnection, RedisServer
from logpipeline.sources.naming import name_of


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("redis://redis:6379/0", "redis:6379"),
        ("redis://redis", "redis:6379"),
        ("rediss://user:secret@redis.shop.svc:6380/2", "redis.shop.svc:6380"),
        ("redis://:pa/ss@redis:6379", "the given address"),
        ("redis://", "the given address"),
    ],
)
def test_a_redis_server_is_named_by_host_and_port(address: str, name: str) -> None:
    assert name_of(RedisConnection(RedisServer(address))) == name


odd = st.text(alphabet="1a/#?@:[]%", max_size=5)


@given(odd, odd, st.sampled_from(["", "operator"]))
def test_a_password_is_never_shown_however_odd(before: str, after: str, user: str) -> None:
    address = f"redis://{user}:{before}sesame{after}@redis:6379/0"
    assert name_of(RedisConnection(RedisServer(address))) in {"redis:6379", "the given address"}


def test_a_kafka_cluster_is_named_by_its_bootstrap_servers() -> None:
    assert name_of(KafkaConnection("kafka-0:9092,kafka-1:9092")) == "kafka-0:9092,kafka-1:9092"
