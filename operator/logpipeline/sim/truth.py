"""What a stage is in truth: what its policy sees only by what is measured of it."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from logpipeline.api.base import ApiModel
from logpipeline.api.duration import Duration, parse
from logpipeline.api.pipeline import Replicas
from logpipeline.api.sources import TopicName
from logpipeline.sim.mishaps import (
    Blind,
    Dearer,
    Deaths,
    Doubtful,
    Factor,
    HotKey,
    Point,
    Retries,
    Rewound,
    Rival,
    Stuck,
)


class TopicTruth(ApiModel):
    """One of several topics of a stage."""

    name: TopicName
    """Its name."""
    partitions: Annotated[int, Field(ge=1, le=10_000)]
    """How many partitions it has."""
    weight: Factor = 1.0
    """Its part of what arrives, beside those of the other topics."""
    weights: tuple[Factor, ...] = ()
    """Parts of its partitions in that, by number. Omitted: they fall with the stage's `skew`."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.weights and len(self.weights) != self.partitions:
            raise ValueError(
                f"{len(self.weights)} weights for {self.partitions} partitions: give one for each"
            )
        return self


class Protocol(StrEnum):
    """How the members of a group agree on who reads what."""

    EAGER = "Eager"
    """All stop, and are dealt all partitions anew."""
    COOPERATIVE = "Cooperative"
    """Only partitions that move stop (KIP-429)."""
    CONSUMER = "Consumer"
    """Only partitions that move stop, and nobody waits for other members (KIP-848)."""


class Assignor(StrEnum):
    """Who gets which partition."""

    RANGE = "range"
    """Of each topic an unbroken range."""
    ROUND_ROBIN = "roundrobin"
    """In turn."""
    STICKY = "sticky"
    """Evenly, and as far as that goes what they had before."""
    COOPERATIVE_STICKY = "cooperative-sticky"
    """The same, for the cooperative protocol."""
    UNIFORM = "uniform"
    """The same, dealt by the coordinator."""


USUAL_ASSIGNORS = {
    Protocol.EAGER: Assignor.RANGE,
    Protocol.COOPERATIVE: Assignor.COOPERATIVE_STICKY,
    Protocol.CONSUMER: Assignor.UNIFORM,
}


USUAL_PAUSES = {
    Protocol.EAGER: parse("15s"),
    Protocol.COOPERATIVE: parse("6s"),
    Protocol.CONSUMER: parse("5s"),
}
"""Members hear of a rebalance with a heartbeat: every 3 s (`heartbeat.interval.ms`), and in two rounds where
they cooperate; every 5 s from KIP-848 on (`group.consumer.heartbeat.interval.ms`). Where all stop, it takes
as long as the slowest of them needs to finish what it holds."""


class Rebalance(ApiModel):
    """What a change of membership costs."""

    protocol: Protocol = Protocol.EAGER
    """How the members agree."""
    pause: Duration = USUAL_PAUSES[Protocol.EAGER]
    """How long partitions stop: all of them with Eager, otherwise those that move. Omitted: 15s with Eager,
    6s with Cooperative, 5s with Consumer."""
    session_timeout: Duration = parse("45s")
    """How long a consumer that died without a word keeps its partitions."""

    @model_validator(mode="before")
    @classmethod
    def _pauses_as_usual(cls, words: object) -> object:
        protocol = words.get("protocol") if isinstance(words, dict) else None
        if not isinstance(words, dict) or "pause" in words or protocol not in list(Protocol):
            return words
        return {**words, "pause": USUAL_PAUSES[Protocol(protocol)]}


class Store(ApiModel):
    """What all replicas write to: it takes only so much, and does worse when it is pressed for more."""

    records_per_second: Factor
    """What it takes at best, of all replicas together."""
    worsening: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Pressed for twice what it takes it does 1/(1 + this) of its best, for three times 1/(1 + 2 * this)."""


class Measuring(ApiModel):
    """What stands between the truth and those who measure it."""

    noise: Annotated[float, Field(ge=0, le=0.4)] = 0.0
    """Standard deviation of what is seen to arrive from one sample to the next, as a share of it."""
    blind: tuple[Blind, ...] = ()
    """When the source cannot be measured."""
    doubtful: tuple[Doubtful, ...] = ()
    """When it says that it may not be right."""
    counted: bool = True
    """The source counts what arrives, where its kind can; a list without a counter does not."""
    recalls: bool = True
    """The log tells where it had ended at earlier moments, as Kafka does."""
    markers: bool = False
    """Each partition ends with the marker of a transaction, which no consumer ever commits: a lag of 1."""


class StageTruth(ApiModel):
    """One stage as it is: its records, its consumers, and what happens to them."""

    partitions: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Partitions of each topic that the spec names, where `topics` are not told one by one."""
    topics: tuple[TopicTruth, ...] = ()
    """Several topics, read by one group."""
    skew: Annotated[float, Field(ge=0, le=10)] = 0.0
    """Of each topic the k-th busiest partition has a weight of 1/k^skew; which it is depends on the seed.
    Topics with weights of their own have those."""
    hot_keys: tuple[HotKey, ...] = ()
    """Keys that are hot for a while."""
    arrivals: tuple[Point, ...] = ()
    """What others write here, besides what comes from the stage before."""
    waiting: Annotated[int, Field(ge=0)] = 0
    """Records that wait at the beginning: the last ones written before it."""
    retention: Annotated[int, Field(ge=1)] | None = None
    """Records that each partition keeps; older ones are deleted, consumed or not. Omitted: all."""
    recreated: tuple[Duration, ...] = ()
    """When the topics are deleted, with all that waits, and made anew."""
    rewound: tuple[Rewound, ...] = ()
    """When somebody sets the group back."""
    retries: Retries | None = None
    """Producers that send again what nobody took."""
    output_ratio: Annotated[float, Field(ge=0, le=1_000)] = 1.0
    """Records for the next stage, for each that is processed here."""
    shared: bool | None = None
    """Any consumer takes any record, as from a Redis stream. Omitted: unless the source is Kafka."""

    replicas: Replicas = 1
    """Replicas at work at the beginning."""
    capacity: Factor | None = None
    """Records/s of one replica that is busy all the time. Omitted: what the pipeline's spec says is true."""
    unevenness: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Standard deviation of the replicas' speeds, as a share of `capacity`."""
    dearer: tuple[Dearer, ...] = ()
    """When what a record costs changes."""
    stuck: tuple[Stuck, ...] = ()
    """Partitions that no consumer gets on with."""
    store: Store | None = None
    """What all replicas write to. Omitted: it takes everything."""
    commit_every: Duration = parse("5s")
    """How often each consumer commits, at moments of its own. `0s`: at once."""
    fetch: Annotated[int, Field(ge=1)] | None = None
    """Records of one partition that a consumer fetches at once: while it is busy it serves its partitions in
    turn, so many of each, and what waits in them grows unequal. Omitted: it serves them alike."""
    assignor: Assignor | None = None
    """Who gets which partition. Omitted: range, cooperative-sticky or uniform, by the protocol."""
    rebalance: Rebalance = Rebalance()
    """What a change of membership costs."""

    start_up: Duration = parse("60s")
    """From the creation of a pod to its first record."""
    start_up_spread: Duration = parse("0s")
    """Standard deviation of that."""
    nodes: Replicas | None = None
    """Pods that find a place to run. Omitted: all."""
    deaths: Deaths = Deaths()
    """Pods that die."""
    rivals: tuple[Rival, ...] = ()
    """Others who set the count."""

    measuring: Measuring = Measuring()
    """What is seen of all this."""
