"""What was played, in a few words each: for the heads of tables and of the report."""

from collections.abc import Sequence

from logpipeline.api.duration import spell
from logpipeline.api.pipeline import Stage
from logpipeline.core.figures import spell_rate
from logpipeline.core.floors.floor import spell_expected
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
            ("peak", spell_rate(traffic.peak)),
        ]
        if traffic.gaps:
            facts.append(("gaps", str(len(traffic.gaps))))
    return (*facts, *_announced(subject), *_stages(scenario))


def notes_of(subject: Subject) -> Sequence[str]:
    """What is not as it should be, in a sentence each."""
    traffic = subject.traffic
    if traffic is None or not traffic.gaps:
        return subject.notes
    gaps, shown = traffic.gaps, ", ".join(str(gap) for gap in traffic.gaps[:3])
    more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""  # noqa: PLR2004 - as many as are shown
    return (f"{traffic.source} has gaps, crossed in a straight line: {shown}{more}", *subject.notes)


def _period(begins: float, ends: float) -> str:
    first, last = (spell_time(at).removesuffix("Z")[:-3].replace("T", " ") for at in (begins, ends))
    return f"{first} to {last} UTC"


def _announced(subject: Subject) -> Facts:
    """Each event, with what was told of it."""
    return [
        ("announced", f"{sale.announced.name}, {spell_expected(sale.announced.expected)}")
        for sale in subject.sales.sales
    ]


def _stages(scenario: Scenario) -> Facts:
    """Each stage; where there are several, each in one line."""
    told = [(stage.name, _stage(scenario, stage)) for stage in scenario.pipeline.stages]
    if len(told) == 1:
        return told[0][1]
    return [(name, ", ".join(f"{value} {what}" for what, value in facts)) for name, facts in told]


def _stage(scenario: Scenario, stage: Stage) -> Facts:
    truth, scaling = scenario.truth(stage), stage.scaling
    told = [
        ("a replica", _capacity(scenario.capacity(stage), scaling.capacity.records_per_second)),
        ("replicas", f"{scaling.min_replicas} to {scaling.max_replicas}"),
    ]
    if stage.source.kafka is not None:
        rebalance = truth.rebalance
        told.append(("partitions", _partitions(truth)))
        told.append(("to rebalance", f"{spell(rebalance.pause)} {rebalance.protocol.lower()}"))
    told.append(("to start", spell(truth.start_up)))
    return told


def _capacity(true: float, guess: float) -> str:
    rate = spell_rate(true)
    return rate if round(true) == guess else f"{rate} (guessed {spell_rate(guess)})"


def _partitions(truth: StageTruth) -> str:
    count = sum(topic.partitions for topic in truth.topics) or truth.partitions
    return f"{count} (skew {truth.skew:g})" if truth.skew else str(count)
