import pytest

from logpipeline.sources.base import ListKeys
from logpipeline.sources.redis.cluster import Slots, slots_of
from logpipeline.sources.redis.nodes import Address, address_of
from logpipeline.sources.redis.questions import StreamKey

ASKED = Address("redis-0", 7000)
REPLY = [
    [8_192, 16_383, [b"redis-1", 7001, b"id-1", []]],
    [0, 4_095, [b"", 7000, b"id-0", []], [b"redis-2", 7002, b"id-2", []]],
]


@pytest.mark.parametrize(
    ("slot", "primary"),
    [
        (0, ASKED),
        (4_095, ASKED),
        (4_096, None),
        (8_191, None),
        (8_192, Address("redis-1", 7001)),
        (16_383, Address("redis-1", 7001)),
    ],
)
def test_a_slot_is_served_by_the_primary_of_its_range(slot: int, primary: Address | None) -> None:
    assert Slots.parse(REPLY, ASKED).primary_of(slot) == primary


def test_replicas_are_not_asked() -> None:
    assert Slots.parse(REPLY, ASKED).primaries == {ASKED, Address("redis-1", 7001)}


def test_a_cluster_without_slots_serves_none() -> None:
    assert Slots.parse([], ASKED).primary_of(0) is None


def test_keys_with_one_hash_tag_are_in_one_slot() -> None:
    assert len(slots_of(ListKeys("{log}", "{log}:taken", "{log}:count"))) == 1
    assert len(slots_of(ListKeys("log", "log:taken", None))) == 2
    assert slots_of(StreamKey("log", ("a", "b"))) == slots_of(ListKeys("log"))


@pytest.mark.parametrize("text", ["redis:6379", "10.0.0.1:7000", "[fd00::1]:6379"])
def test_an_address_is_shown_as_it_was_given(text: str) -> None:
    assert str(address_of(text)) == text
