import numpy as np
import pytest

from logpipeline.api.pipeline import Stage
from logpipeline.core.dealing import dealt
from logpipeline.sim.partitions import Layout, Needed, layout_of
from logpipeline.sim.truth import StageTruth
from tests.unit.sim.plant.given import COLLECT, INDEX

STAGE = Stage.model_validate(INDEX)


def layout(seed: int = 1, stage: Stage = STAGE, **truth: object) -> Layout:
    return layout_of(stage, StageTruth.model_validate(truth), np.random.default_rng(seed))


def test_the_weights_fall_as_is_said_and_chance_deals_them() -> None:
    weights = layout(partitions=64, skew=0.12).weights
    falling = np.arange(1, 65) ** -0.12
    assert sorted(weights) == pytest.approx(sorted(falling / falling.sum()))
    assert (weights != layout(seed=2, partitions=64, skew=0.12).weights).any()
    assert (weights == layout(partitions=64, skew=0.12).weights).all()


def test_several_topics_are_sorted_and_share_what_arrives() -> None:
    topics = [{"name": "b", "partitions": 4, "weight": 1}, {"name": "a", "partitions": 2, "weight": 3}]
    given = layout(topics=topics)
    assert [name.topic for name in given.names] == ["a", "a", "b", "b", "b", "b"]
    assert given.weights.tolist() == pytest.approx([0.375, 0.375, 0.0625, 0.0625, 0.0625, 0.0625])


def test_a_stream_has_no_partitions() -> None:
    given = layout(stage=Stage.model_validate(COLLECT))
    assert given.shared
    assert [tuple(name) for name in given.names] == [("gin_logs", 0)]


@pytest.mark.parametrize("assignor", ["range", "roundrobin", "uniform"])
def test_what_is_needed_is_the_fewest_whose_consumers_all_keep_up(assignor: str) -> None:
    given = layout(partitions=64, skew=0.3, assignor=assignor)
    needed = Needed(given, most=100)
    for arrival in (0.0, 500.0, 7_000.0, 15_000.0, 20_000.0):
        fits = [
            count
            for count in range(1, 65)
            if dealt(given.weights * arrival, given.names, count, assignor).max() <= 1_000.0
        ]
        assert needed.replicas(arrival, 1_000.0, given.weights) == (fits[0] if arrival else 0)


def test_more_than_the_partitions_can_take_needs_as_many_as_can_have_work() -> None:
    given = layout(partitions=8)
    assert Needed(given, most=100).replicas(1e9, 1_000.0, given.weights) == 8
    assert Needed(given, most=5).replicas(1e9, 1_000.0, given.weights) == 5


def test_a_hot_key_needs_more() -> None:
    given = layout(partitions=8, hotKeys=[{"since": "1m", "until": "2m", "share": 0.4, "partition": 7}])
    needed = Needed(given, most=100)
    assert needed.replicas(2_000.0, 1_000.0, given.weights_at(0.0)) == 2
    assert needed.replicas(2_000.0, 1_000.0, given.weights_at(60.0)) > 2
    assert needed.replicas(2_000.0, 1_000.0, given.weights_at(120.0)) == 2
