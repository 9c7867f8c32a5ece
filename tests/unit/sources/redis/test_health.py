import pytest
from redis.exceptions import NoPermissionError

from logpipeline.api.conditions import Reason
from logpipeline.sources.redis.health import memory_near_its_limit, not_the_primary, not_told

REFUSED = NoPermissionError("no INFO for you")


def memory(used: int, limit: int, policy: str = "noeviction", uncounted: int = 0) -> dict[str, object]:
    return {
        "used_memory": used,
        "maxmemory": limit,
        "maxmemory_policy": policy,
        "mem_not_counted_for_evict": uncounted,
        "total_system_memory": 100,
    }


@pytest.mark.parametrize(
    ("said", "before", "near"),
    [
        (memory(84, 100), False, False),
        (memory(85, 100), False, True),
        (memory(120, 100), False, True),
        (memory(81, 100), True, True),
        (memory(79, 100), True, False),
        (memory(95, 100, uncounted=20), False, False),
        (memory(99, 0), False, False),
        ({}, False, False),
        (REFUSED, False, False),
    ],
    ids=["below", "at", "above", "still", "no more", "not counted", "no limit", "not told", "refused"],
)
def test_memory_is_near_its_limit(said: dict[str, object], *, before: bool, near: bool) -> None:
    assert (memory_near_its_limit("redis:6379", said, said_before=before) is not None) == near


@pytest.mark.parametrize(
    ("policy", "then"),
    [
        ("noeviction", "refuses writes (noeviction)"),
        ("allkeys-lru", "evicts keys, records with them (allkeys-lru)"),
        ("volatile-ttl", "evicts keys that expire, and refuses writes when there are none (volatile-ttl)"),
    ],
)
def test_it_is_said_what_comes_then(policy: str, then: str) -> None:
    doubt = memory_near_its_limit("redis:6379", memory(86 * 2**20, 100 * 2**20, policy), said_before=False)
    assert doubt is not None
    assert doubt.reason is Reason.REDIS_MEMORY_NEAR
    assert "redis:6379 uses 86% of the 100 MiB" in doubt.message
    assert f"at 100% it {then}" in doubt.message


def test_a_replica_is_not_believed() -> None:
    said = {"role": "slave", "master_host": "redis-1", "master_port": 6379}
    missing = not_the_primary(7.0, "redis-0:6379", said)
    assert missing is not None
    assert missing.reason is Reason.SOURCE_REFUSED
    assert "redis-0:6379 is a replica of redis-1:6379" in missing.message


@pytest.mark.parametrize("said", [{"role": "master"}, {}, REFUSED])
def test_others_are_taken_for_the_primary(said: dict[str, object]) -> None:
    assert not_the_primary(7.0, "redis-0:6379", said) is None


def test_who_may_not_ask_is_told_what_to_grant() -> None:
    doubt = not_told("redis:6379", {}, REFUSED)
    assert doubt is not None
    assert doubt.reason is Reason.SOURCE_REFUSED
    assert "grant +info" in doubt.message
    assert not_told("redis:6379", {}, {}) is None
