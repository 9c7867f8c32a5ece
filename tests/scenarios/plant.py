"""A story in the words of the simulator: it is played against the same plant."""

from logpipeline.sim.scenario import Scenario
from logpipeline.sim.truth import Assignor, Measuring, Rebalance, StageTruth
from tests.scenarios.story import Blindness, Story


def scenario_of(story: Story) -> Scenario:
    """What the simulator is to play. What happens at a moment of the story happens at its first stage."""
    name = story.spec.stages[0].name
    words = {
        "name": name,
        "title": story.story,
        "pipeline": story.spec,
        "stages": {name: truth_of(story), **story.others},
        "arrivals": [arrival.model_dump() for arrival in story.arrivals],
        "until": story.until,
        "restarts": story.restarts,
    }
    return Scenario.model_validate(words)


def truth_of(story: Story) -> StageTruth:
    """What the first stage is in truth: an eager group that keeps what it can of its partitions."""
    said = story.plant
    words = {
        "partitions": said.partitions,
        "shared": said.shared,
        "replicas": said.replicas,
        "retention": said.retention,
        "waiting": said.waiting,
        "capacity": said.capacity,
        "nodes": min(said.nodes, 10_000),
        "startUp": said.start_up,
        "commitEvery": said.commit_every,
        "assignor": Assignor.COOPERATIVE_STICKY,
        "rebalance": Rebalance(pause=said.rebalance),
        "rivals": [rival.model_dump() for rival in story.rivals],
    }
    return StageTruth.model_validate(words | story.truth | {"measuring": _measuring(story)})


def _measuring(story: Story) -> Measuring:
    blind = [each.model_dump(mode="json") for each in story.blind if each.what is not Blindness.NONE]
    words = {
        "blind": blind,
        "doubtful": [each.model_dump() for each in story.doubtful],
        "counted": story.plant.counted,
        "recalls": story.plant.recalls,
        **story.truth.get("measuring", {}),
    }
    return Measuring.model_validate(words)
