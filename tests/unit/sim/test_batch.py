"""Many runs, side by side."""

import pytest

from logpipeline.sim import batch
from logpipeline.sim.batch import Job, play_all
from logpipeline.sim.policies.logpipeline import logpipeline
from logpipeline.sim.policy import Policy
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.setting import Setting, setting_of

SCENARIO = Scenario.model_validate(
    {
        "name": "short",
        "until": "5m",
        "arrivals": [{"at": "0s", "rate": 1_000}],
        "pipeline": {
            "stages": [
                {
                    "name": "index",
                    "scaleTargetRef": {"name": "log-indexer"},
                    "source": {"kafka": {"bootstrapServers": "kafka:9092", "consumerGroup": "indexers"}},
                    "scaling": {"maxReplicas": 8, "capacity": {"recordsPerSecond": 1_000}},
                }
            ]
        },
        "stages": {"index": {"partitions": 8, "measuring": {"noise": 0.05}}},
    }
)


def jobs(*seeds: int) -> list[Job]:
    return [Job(setting_of(SCENARIO, seed), "ours", logpipeline) for seed in seeds]


def test_processes_give_what_one_gives() -> None:
    alone, beside = play_all(jobs(1, 2)), play_all(jobs(1, 2), processes=2)
    assert [track.seed for track in beside] == [1, 2]
    for one, other in zip(alone, beside, strict=True):
        assert one.stages["index"].replica_seconds == other.stages["index"].replica_seconds
        assert (one.stages["index"].backlog == other.stages["index"].backlog).all()


def test_a_run_goes_by_the_name_it_was_given_and_is_told_when_over() -> None:
    heard: list[int] = []
    tracks = play_all(jobs(3, 4), done=lambda job: heard.append(job.setting.seed))
    assert [track.policy for track in tracks] == ["ours", "ours"]
    assert heard == [3, 4]


def broken(_: Setting) -> Policy:
    raise RuntimeError("this policy cannot be made")


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_run_raises_is_not_lost(processes: int) -> None:
    bad = Job(setting_of(SCENARIO, 1), "bad", broken)
    with pytest.raises(RuntimeError, match="cannot be made"):
        batch.play_all([bad, *jobs(1)], processes=processes)
