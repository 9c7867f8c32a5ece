"""What was played, in a few words each: for the heads of tables and of the report."""

from collections.abc import Sequence

from logpipeline.api.duration import spell
from logpipeline.core.figures import spell_count
from logpipeline.core.timestamps import spell_time
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.truth import StageTruth
from logpipeline.simulate.subject import Subject

Facts = Sequence[tuple[str, str]]


def facts_of(subject: Subject) -> Facts:
    """What people must know to judge the figures."""
    scenario, traffic = subject.scenario, subject.traffic
    facts = [("lasts", spell(scenario.until))]
    if traffic is not None:
        facts = [
            ("traffic", traffic.source.rsplit("/", 1)[-1]),
            ("when", _period(subject.start, subject.ends)),
            ("peak", f"{spell_count(traffic.peak)}/s"),
        ]
        if traffic.gaps:
            facts.append(("gaps", str(len(traffic.gaps))))
    return (*facts, *_stages(scenario))


def notes_of(subject: Subject) -> Sequence[str]:
    """What is not as it should be, in a sentence each."""
    traffic = subject.traffic
    if traffic is None or not traffic.gaps:
        return ()
    gaps, shown = traffic.gaps, ", ".join(str(gap) for gap in traffic.gaps[:3])
    more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""  # noqa: PLR2004 - as many as are shown
    return (f"{traffic.source} has gaps, crossed in a straight line: {shown}{more}",)


def _period(begins: float, ends: float) -> str:
    first, last = (spell_time(at).removesuffix("Z")[:-3].replace("T", " ") for at in (begins, ends))
    return f"{first} to {last} UTC"


def _stages(scenario: Scenario) -> Facts:
    told = []
    several = len(scenario.pipeline.stages) > 1
    for stage in scenario.pipeline.stages:
        prefix = f"{stage.name}: " if several else ""
        truth, capacity = scenario.truth(stage), scenario.capacity(stage)
        guess = stage.scaling.capacity
        rate = f"{spell_count(capacity)}/s"
        if guess is not None and guess.records_per_second != round(capacity):
            rate += f", guessed {spell_count(guess.records_per_second)}/s"
        told.append((f"{prefix}a replica takes", rate))
        told.append((f"{prefix}replicas", f"{stage.scaling.min_replicas} to {stage.scaling.max_replicas}"))
        if stage.source.kafka is not None:
            told.append((f"{prefix}partitions", _partitions(truth)))
            rebalance = truth.rebalance
            told.append((f"{prefix}rebalance", f"{rebalance.protocol.lower()}, {spell(rebalance.pause)}"))
        told.append((f"{prefix}start-up", spell(truth.start_up)))
    return told


def _partitions(truth: StageTruth) -> str:
    count = sum(topic.partitions for topic in truth.topics) or truth.partitions
    return f"{count}, skew {truth.skew:g}" if truth.skew else str(count)
