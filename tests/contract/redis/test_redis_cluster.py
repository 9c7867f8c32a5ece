"""Redis Cluster."""

import uuid
from dataclasses import dataclass
from itertools import count

import pytest
from redis.crc import key_slot

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import PartitionId
from logpipeline.sources.base import ListKeys, RedisConnection, RedisNodes, RedisQuery
from tests.contract.reading import is_complete, missed, sampled, until
from tests.contract.redis.conftest import MakeWatch
from tests.contract.redis.farm import Farm, Server
from tests.contract.redis_keys import GROUP, Streams
from tests.hazards import hazard

pytestmark = pytest.mark.contract
DEADLINE_SECONDS = 2.0
PRIMARIES = 3


@dataclass
class Cluster:
    """Three primaries with a third of the slots each, and no replicas."""

    nodes: list[Server]

    @property
    def connection(self) -> RedisConnection:
        return RedisConnection(RedisNodes(tuple(sorted(node.address for node in self.nodes))))

    def streams(self, number: int) -> Streams:
        """Node `number` as its users see it."""
        return OnNode(self.nodes[number], number)

    def query(self, *keys: str) -> RedisQuery:
        return RedisQuery(self.connection, GROUP, tuple(sorted(keys)))

    def move(self, slot: int, to: Server) -> None:
        """Tell all nodes that a slot, which must be empty, is another's."""
        identity = to.client.execute_command("CLUSTER MYID")
        for node in (to, *self.nodes):
            node.client.execute_command("CLUSTER SETSLOT", slot, "NODE", identity)


class OnNode(Streams):
    """Streams and lists whose keys are on one node."""

    def __init__(self, node: Server, number: int) -> None:
        super().__init__(f"redis://{node.address}/0", node.client)
        share = -(-16_384 // PRIMARIES)
        self._slots = range(number * share, (number + 1) * share)

    def key(self, kind: str = "stream") -> str:
        stem = f"{kind}-{uuid.uuid4().hex[:8]}"
        return next(key for n in count() if slot_of(key := f"{{{stem}-{n}}}") in self._slots)


def slot_of(key: str) -> int:
    return key_slot(key.encode())


@pytest.fixture(scope="module")
def cluster(farm: Farm) -> Cluster:
    return Cluster(farm.cluster(PRIMARIES))


async def test_streams_on_several_nodes_are_measured_in_one_pass(cluster: Cluster, watch: MakeWatch) -> None:
    keys = [cluster.streams(number).stream(10 * (number + 1), read=number) for number in range(PRIMARIES)]
    sample = await watch(cluster.query(*keys)).sample()
    assert sample.complete
    assert sample.partitions == tuple(PartitionId(key, 0) for key in sorted(keys))
    assert int(sample.backlog.sum()) == 60


async def test_a_list_its_processing_list_and_its_counter_share_a_hash_tag(
    cluster: Cluster, watch: MakeWatch
) -> None:
    streams = cluster.streams(1)
    key = streams.key("list")
    streams.push(key, 20, counter=f"{key}:count")
    streams.client.lmove(key, f"{key}:taken")
    lists = (ListKeys(key, f"{key}:taken", f"{key}:count"),)
    sample = await watch(RedisQuery(cluster.connection, lists=lists)).sample()
    assert (sample.produced.tolist(), sample.backlog.tolist()) == ([20], [20])
    assert sample.doubts == ()


async def test_the_keys_of_a_list_in_several_slots_are_refused_with_the_remedy(
    cluster: Cluster, watch: MakeWatch
) -> None:
    lists = (ListKeys(cluster.streams(0).key(), None, cluster.streams(1).key()),)
    missing = await watch(RedisQuery(cluster.connection, lists=lists)).missing()
    assert missing.reason is Reason.SOURCE_REFUSED
    assert "one hash tag" in missing.message


@hazard(
    seen="`PartlyMeasured`: which node, and which streams", done="Never fewer; more for what is known to wait"
)
@pytest.mark.parametrize("how", ["frozen", "killed"])
async def test_one_of_three_nodes_is_frozen_or_killed(
    cluster: Cluster, farm: Farm, watch: MakeWatch, how: str
) -> None:
    keys = [cluster.streams(number).stream(20, read=20, acknowledged=20) for number in range(PRIMARIES)]
    watched = watch(cluster.query(*keys), deadline_seconds=DEADLINE_SECONDS)
    await watched.quiet()
    victim = cluster.nodes[0]
    if how == "frozen":
        victim.freeze()
    else:
        victim.stop()
    try:
        sample = await watched.sample()
        assert sample.missing == (PartitionId(keys[0], 0),)
        assert f"node {victim.address} of the cluster" in sample.missing_because
        assert watched.said() is Reason.PARTLY_MEASURED
        assert watched.holds()
        cluster.streams(1).add(keys[1], 3_000)
        assert int((await watched.sample()).backlog.sum()) == 3_000
        assert watched.holds()
        assert watched.grows()
        late = watch(cluster.query(*keys), deadline_seconds=DEADLINE_SECONDS)
        assert (await late.sample()).missing, "one that begins now does without it too"
    finally:
        if how == "frozen":
            victim.thaw()
        else:
            victim.start()
    farm.settle(cluster.nodes)
    if how == "frozen":
        await until(watched.see, is_complete)


@hazard(seen="`Measured`: it is followed to the other node", done="Scaled as usual")
async def test_a_stream_moves_to_another_node(cluster: Cluster, watch: MakeWatch) -> None:
    before, after = cluster.streams(0), cluster.streams(1)
    key, other = before.key(), before.stream(20, read=20, acknowledged=20)
    watched = watch(cluster.query(other))
    await watched.quiet()
    moving = watch(cluster.query(key, other))
    await moving.sample()
    cluster.move(slot_of(key), cluster.nodes[1])
    after.client.xgroup_create(key, GROUP, "0", mkstream=True)
    after.add(key, 3_000)
    sample = await moving.sample()
    assert sample.complete
    assert int(sample.backlog.sum()) == 3_000
    assert moving.said() is Reason.MEASURED
    assert moving.grows()


@hazard(seen="`Measured`: they are asked for where they are", done="Scaled as usual")
async def test_a_stream_and_a_list_are_on_their_way_to_another_node(
    cluster: Cluster, watch: MakeWatch
) -> None:
    source, target = cluster.nodes[0], cluster.nodes[1]
    streams = cluster.streams(0)
    key = streams.stream(3_000)
    plain, taken = f"list:{key}", f"taken:{key}"
    streams.push(plain, 50)
    watched = watch(cluster.query(key))
    of_lists = watch(RedisQuery(cluster.connection, lists=(ListKeys(plain, taken, None),)))
    slot = slot_of(key)
    target.client.execute_command(
        "CLUSTER SETSLOT", slot, "IMPORTING", source.client.execute_command("CLUSTER MYID")
    )
    source.client.execute_command(
        "CLUSTER SETSLOT", slot, "MIGRATING", target.client.execute_command("CLUSTER MYID")
    )
    source.client.migrate("127.0.0.1", target.port, [key, plain], 0, 5_000)
    assert (await watched.sample()).backlog.tolist() == [3_000]
    assert (await of_lists.sample()).backlog.tolist() == [50]
    cluster.move(slot, target)
    assert (await watched.sample()).backlog.tolist() == [3_000]


@hazard(seen="`SourceUnreachable`: the cluster is down", done="The count is held")
async def test_the_cluster_is_down_because_a_node_is_missing(
    cluster: Cluster, farm: Farm, watch: MakeWatch
) -> None:
    key = cluster.streams(1).stream(20, read=20, acknowledged=20)
    watched = watch(cluster.query(key), deadline_seconds=DEADLINE_SECONDS)
    await watched.quiet()
    for node in cluster.nodes:
        node.client.config_set("cluster-require-full-coverage", "yes")
    cluster.nodes[0].freeze()
    try:
        missing = missed(await until(watched.see, lambda reading: not is_complete(reading)))
        assert missing.reason is watched.said() is Reason.SOURCE_UNREACHABLE
        assert "The cluster is down" in missing.message
        assert watched.holds()
    finally:
        cluster.nodes[0].thaw()
        for node in cluster.nodes:
            node.client.config_set("cluster-require-full-coverage", "no")
    farm.settle(cluster.nodes)
    assert sampled(await until(watched.see, is_complete)).backlog.tolist() == [0]


async def test_nodes_that_are_no_cluster_are_said_to_be_none(farm: Farm, watch: MakeWatch) -> None:
    alone = Cluster([farm.server()])
    missing = await watch(alone.query("log")).missing()
    assert missing.reason is Reason.SOURCE_REFUSED
    assert "is no cluster: give address" in missing.message


async def test_a_node_that_is_given_as_an_address_says_that_it_is_part_of_a_cluster(
    cluster: Cluster, watch: MakeWatch
) -> None:
    missing = await watch(cluster.streams(0).query(cluster.streams(1).key())).missing()
    assert missing.reason is Reason.SOURCE_REFUSED
    assert "give cluster in the spec" in missing.message
