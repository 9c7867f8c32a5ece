"""What a stage is in truth: what its policy sees only by what is measured of it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from logpipeline.api.base import ApiModel
from logpipeline.api.conditions import Reason
from logpipeline.api.duration import Duration, parse
from logpipeline.api.pipeline import Replicas
from logpipeline.api.sources import TopicName

Rate = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(gt=0, le=1e6)]


class Point(ApiModel):
    """From a moment on so many records/s arrive."""

    at: Duration
    """Since the beginning."""
    rate: Rate
    """Records/s."""
    ramp: bool = False
    """Growing or falling towards this from the point before, rather than jumping at this moment."""


class TopicTruth(ApiModel):
    """One of several topics of a stage."""

    name: TopicName
    """Its name."""
    partitions: Annotated[int, Field(ge=1, le=10_000)]
    """How many partitions it has."""
    weight: Factor = 1.0
    """Its part of what arrives, beside those of the other topics."""


class HotKey(ApiModel):
    """For a while a share of all records has one key, and so goes to one partition."""

    since: Duration
    """When it begins."""
    until: Duration
    """When it is over."""
    share: Share
    """Of what arrives at the stage."""
    partition: Annotated[int, Field(ge=0)] = 0
    """Place of the partition among all of the stage, from 0."""


class Retries(ApiModel):
    """Producers that send again what nobody took in time."""

    after: Duration = parse("30s")
    """How long they wait."""
    share: Share
    """Of the records that still wait by then, so many come again."""


class Dearer(ApiModel):
    """From a moment on each record costs a consumer more than at the beginning, or less."""

    at: Duration
    """When it begins."""
    factor: Factor
    """Times the cost at the beginning."""


class Protocol(StrEnum):
    """How the members of a group agree on who reads what."""

    EAGER = "Eager"
    """All stop, and are dealt all partitions anew."""
    COOPERATIVE = "Cooperative"
    """Only partitions that move stop (KIP-429)."""
    CONSUMER = "Consumer"
    """Only partitions that move stop, each briefly, and nobody waits for others (KIP-848)."""


class Rebalance(ApiModel):
    """What a change of membership costs."""

    protocol: Protocol = Protocol.EAGER
    """How the members agree."""
    pause: Duration = parse("15s")
    """How long partitions stop: all of them with Eager, otherwise those that move."""
    session_timeout: Duration = parse("45s")
    """How long a consumer that died without a word keeps its partitions."""


class Store(ApiModel):
    """Where all replicas write to: it takes only so much, and does worse when it is pressed for more."""

    records_per_second: Factor
    """What it takes at best, of all replicas together."""
    worsening: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Pressed for twice what it takes it does 1/(1 + this) of its best, for three times 1/(1 + 2 * this)."""


class Deaths(ApiModel):
    """Pods that die without a word. Others are made in their place."""

    at: tuple[Duration, ...] = ()
    """Moments at which one of those that work dies."""
    per_pod_day: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """How often a pod dies in a day of work, in the mean."""


class Blindness(StrEnum):
    """What of a source cannot be measured."""

    HALF = "Half"
    ALL = "All"


class Blind(ApiModel):
    """A source that is away for a while, wholly or by half."""

    since: Duration
    """When it begins."""
    until: Duration
    """When it is over."""
    what: Blindness = Blindness.ALL
    """How much of it."""


class Doubtful(ApiModel):
    """A source that is measured, and says why that is no ground for less."""

    since: Duration
    """When it begins."""
    until: Duration
    """When it is over."""
    reason: Reason
    """What it says."""


class Measuring(ApiModel):
    """What stands between the truth and those who measure it."""

    noise: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Standard deviation of what is seen to arrive from one sample to the next, as a share of it."""
    blind: tuple[Blind, ...] = ()
    """When the source cannot be measured."""
    doubtful: tuple[Doubtful, ...] = ()
    """When it says that it may not be right."""
    counted: bool = True
    """The source counts what arrives; a list without a counter does not."""
    recalls: bool = True
    """The log tells where it had ended at earlier moments, as Kafka does."""


class Rival(ApiModel):
    """Somebody else sets the count."""

    at: Duration
    """When."""
    replicas: Replicas
    """To what."""


class StageTruth(ApiModel):
    """One stage as it is: its records, its consumers, and what happens to them."""

    partitions: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Partitions of its topic, where `topics` are not told one by one."""
    topics: tuple[TopicTruth, ...] = ()
    """Several topics, read by one group."""
    skew: Annotated[float, Field(ge=0, le=10)] = 0.0
    """Of each topic the k-th busiest partition has a weight of 1/k^skew; which it is depends on the seed."""
    hot_keys: tuple[HotKey, ...] = ()
    """Keys that are hot for a while."""
    arrivals: tuple[Point, ...] = ()
    """What others write here, besides what comes from the stage before."""
    waiting: Annotated[int, Field(ge=0)] = 0
    """Records that wait at the beginning."""
    retention: Annotated[int, Field(ge=1)] | None = None
    """Records that each partition keeps; older ones are deleted, consumed or not. Omitted: all."""
    retries: Retries | None = None
    """Producers that send again what nobody took."""
    output_ratio: Annotated[float, Field(ge=0, le=1_000)] = 1.0
    """Records for the next stage, for each that is processed here."""
    shared: bool = False
    """Any consumer takes any record, as from a Redis stream: nobody stops when others come."""

    replicas: Replicas = 1
    """Replicas at work at the beginning."""
    capacity: Factor | None = None
    """Records/s of one replica that is busy all the time. Omitted: what the pipeline's spec says is true."""
    unevenness: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Standard deviation of the replicas' speeds, as a share of `capacity`."""
    dearer: tuple[Dearer, ...] = ()
    """When what a record costs changes."""
    store: Store | None = None
    """What all replicas write to. Omitted: it takes everything."""
    commit_every: Duration = parse("5s")
    """How often each consumer commits, at moments of its own. `0s`: at once."""
    assignor: str | None = None
    """`range`, `roundrobin`, `sticky`, `cooperative-sticky`, `uniform`. Omitted: the protocol's usual one."""
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
