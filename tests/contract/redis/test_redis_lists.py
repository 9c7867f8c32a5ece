"""Redis lists."""

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import PartitionId, Sample, Sharing
from tests.contract.redis.conftest import MakeWatch
from tests.contract.redis_keys import Streams
from tests.hazards import hazard

pytestmark = pytest.mark.contract


def reasons(sample: Sample) -> list[Reason]:
    return [doubt.reason for doubt in sample.doubts]


async def test_what_waits_is_in_the_list_and_in_what_consumers_work_on(
    streams: Streams, watch: MakeWatch
) -> None:
    key, taken, counter = streams.key("list"), streams.key("taken"), streams.key("counter")
    streams.push(key, 100, counter=counter)
    for _ in range(30):
        streams.client.lmove(key, taken)
    for _ in range(10):
        streams.client.rpop(taken)
    sample = await watch(streams.of_list(key, processing=taken, arrival=counter)).sample()
    assert sample.partitions == (PartitionId(key, 0),)
    assert sample.sharing is Sharing.SHARED
    assert (sample.produced.tolist(), sample.consumed.tolist()) == ([100], [10])
    assert sample.counted
    assert sample.doubts == ()


async def test_a_list_that_is_drained_is_gone_and_that_is_a_zero_that_is_known(
    streams: Streams, watch: MakeWatch
) -> None:
    key, counter = streams.key("list"), streams.key("counter")
    watched = watch(streams.of_list(key, arrival=counter))
    assert (await watched.sample()).backlog.tolist() == [0]
    streams.push(key, 5, counter=counter)
    streams.client.delete(key)
    sample = await watched.sample()
    assert (sample.produced.tolist(), sample.consumed.tolist()) == ([5], [5])
    await watched.quiet()  # and it may shrink


async def test_rates_come_from_the_counter_while_the_list_stays_as_long(
    streams: Streams, watch: MakeWatch
) -> None:
    key, counter = streams.key("list"), streams.key("counter")
    streams.push(key, 50, counter=counter)
    watched = watch(streams.of_list(key, arrival=counter))
    before = await watched.sample()
    streams.push(key, 20, counter=counter)
    streams.client.rpop(key, 20)
    after = await watched.sample()
    assert (after.produced - before.produced).tolist() == [20]
    assert (after.consumed - before.consumed).tolist() == [20]


@hazard(seen="`ArrivalUnknown`: how to have it counted", done="Never fewer; more while what waits is late")
async def test_nobody_counts_what_is_pushed_into_a_list(streams: Streams, watch: MakeWatch) -> None:
    key, taken = streams.key("list"), streams.key("taken")
    watched = watch(streams.of_list(key, processing=taken))
    sample = await watched.sample()
    assert not sample.counted
    assert reasons(sample) == [Reason.ARRIVAL_UNKNOWN]
    assert watched.said() is Reason.ARRIVAL_UNKNOWN
    assert f"arrives in list '{key}'" in sample.doubts[0].message
    assert watched.holds()
    streams.push(key, 3_000)
    streams.client.lmove(key, taken)
    for _ in range(3):
        sample = await watched.sample()
    assert (sample.produced.tolist(), sample.consumed.tolist()) == ([3_000], [0])
    assert watched.holds()
    assert watched.grows()


@hazard(
    seen="`SourceInconsistent`: how many were not counted",
    done="What was not counted arrived too; never fewer, more for what waits",
)
async def test_a_producer_pushes_into_a_list_without_counting(streams: Streams, watch: MakeWatch) -> None:
    key, counter = streams.key("list"), streams.key("counter")
    streams.push(key, 10, counter=counter)
    streams.client.delete(key)
    watched = watch(streams.of_list(key, arrival=counter))
    await watched.quiet()
    streams.push(key, 3_000)
    sample = await watched.sample()
    assert (sample.produced.tolist(), sample.consumed.tolist()) == ([3_010], [10])
    assert reasons(sample) == [Reason.SOURCE_INCONSISTENT]
    assert watched.said() is Reason.SOURCE_INCONSISTENT
    assert "3,000 records were pushed" in sample.doubts[0].message
    assert watched.holds()
    assert watched.grows()
    streams.push(key, 5, counter=counter)
    sample = await watched.sample()
    assert (sample.produced.tolist(), sample.consumed.tolist()) == ([3_015], [10])
    assert sample.doubts == ()


@hazard(
    seen="`PartitionRewound`: what was counted before; then `ArrivalUnknown`, until it is counted again",
    done="Never fewer; more while what waits is late",
)
async def test_the_counter_of_a_list_is_deleted(streams: Streams, watch: MakeWatch) -> None:
    key, counter = streams.key("list"), streams.key("counter")
    streams.push(key, 5_000, counter=counter)
    streams.client.ltrim(key, 0, 9)
    watched = watch(streams.of_list(key, arrival=counter))
    await watched.sample()
    streams.client.delete(counter)
    sample = await watched.sample()
    assert sample.backlog.tolist() == [10]
    assert reasons(sample) == [Reason.ARRIVAL_UNKNOWN, Reason.PARTITION_REWOUND]
    assert watched.said() is Reason.PARTITION_REWOUND
    assert watched.holds()
    streams.push(key, 3_000, counter=counter)
    assert (await watched.sample()).backlog.tolist() == [3_010]
    assert watched.holds()
    assert watched.grows()


@hazard(
    seen="`ArrivalUnknown`: which counter is not there, and what to mend",
    done="Never fewer; more while what waits is late",
)
async def test_the_counter_of_a_list_is_misspelt(streams: Streams, watch: MakeWatch) -> None:
    key, misspelt = streams.key("list"), streams.key("conuter")
    watched = watch(streams.of_list(key, arrival=misspelt))
    for _ in range(3):
        streams.push(key, 1_000, counter=streams.key("counter"))
        streams.client.delete(key)  # the consumers are quick
        sample = await watched.sample()
    assert sample.backlog.tolist() == [0]
    assert reasons(sample) == [watched.said()] == [Reason.ARRIVAL_UNKNOWN]
    assert f"counter '{misspelt}'" in sample.doubts[0].message
    assert watched.holds()
    streams.push(key, 3_000)
    await watched.sample()
    await watched.sample()
    assert watched.grows()


@hazard(
    seen="`Measured` for the one; `ArrivalUnknown` for the other, whose counter is not there",
    done="Each is governed by the keys that it names itself",
)
async def test_two_users_name_one_list_with_different_keys_beside_it(
    streams: Streams, watch: MakeWatch
) -> None:
    key, taken, counter = streams.key("list"), streams.key("taken"), streams.key("counter")
    streams.push(key, 150, counter=counter)
    for _ in range(50):
        streams.client.lmove(key, taken)
    good, bad = (
        streams.of_list(key, processing=taken, arrival=counter),
        streams.of_list(key, arrival=streams.key("conuter")),
    )
    watched, other = watch(good, bad), watch(bad, good)
    for _ in range(2):
        sample, theirs = await watched.sample(), await other.sample()
        assert (sample.produced.tolist(), sample.consumed.tolist()) == ([150], [0])
        assert sample.doubts == ()
        assert theirs.backlog.tolist() == [100]
        assert reasons(theirs) == [Reason.ARRIVAL_UNKNOWN]
    assert watched.said() is Reason.MEASURED
    assert other.said() is Reason.ARRIVAL_UNKNOWN
    streams.client.delete(key, taken)
    await watched.quiet()
    await other.sample()
    assert other.holds()


@hazard(
    seen="`SourceRefused`: which key, and what to mend", done="Never fewer; more for what is known to wait"
)
@pytest.mark.parametrize("broken", ["counter", "counter's type", "processing list"])
async def test_a_key_beside_a_list_is_of_the_wrong_kind(
    streams: Streams, watch: MakeWatch, broken: str
) -> None:
    key, taken, counter = streams.key("list"), streams.key("taken"), streams.key("counter")
    watched = watch(streams.of_list(key, processing=taken, arrival=counter))
    streams.client.set(counter, 0)
    await watched.quiet()
    streams.push(key, 3_000, counter=counter)
    if broken == "counter":
        streams.client.set(counter, "many")
    else:
        wrong = taken if broken == "processing list" else counter
        streams.client.delete(wrong)
        streams.client.hset(wrong, "a", "b")
    for _ in range(3):
        sample = await watched.sample()
    assert sample.backlog.tolist() == [3_000]
    assert reasons(sample) == [Reason.SOURCE_REFUSED]
    assert watched.said() is Reason.SOURCE_REFUSED
    assert f"'{taken if broken == 'processing list' else counter}'" in sample.doubts[0].message
    assert watched.holds()
    assert watched.grows()


@hazard(
    seen="`SourceRefused`: which key, and what to mend", done="The count is held; other lists are measured"
)
async def test_the_key_of_a_list_is_something_else(streams: Streams, watch: MakeWatch) -> None:
    key, counter = streams.key("list"), streams.key("counter")
    watched, healthy = (
        watch(streams.of_list(key, arrival=counter)),
        watch(streams.of_list(streams.key("list"))),
    )
    streams.client.set(counter, 0)
    await watched.quiet()
    streams.client.set(key, "text")
    missing = await watched.missing()
    assert missing.reason is watched.said() is Reason.SOURCE_REFUSED
    assert f"list '{key}'" in missing.message
    assert "another type" in missing.message
    assert watched.holds()
    assert (await healthy.sample()).backlog.tolist() == [0]
