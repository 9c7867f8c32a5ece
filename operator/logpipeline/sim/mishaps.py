"""What happens to a stage at its time: keys grow hot, pods die, sources go away."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from logpipeline.api.base import ApiModel
from logpipeline.api.conditions import Reason
from logpipeline.api.duration import Between, Duration, parse
from logpipeline.api.pipeline import Replicas

Rate = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]
PartitionPlace = Annotated[int, Field(ge=0, le=9_999)]
"""Of a partition among all of its stage, sorted by topic and number, from 0."""


class Span(ApiModel):
    """From one moment to another."""

    since: Duration = parse("0s")
    """When it begins."""
    until: Duration = parse("365d")
    """When it is over. Omitted: never."""

    def holds(self, second: float) -> bool:
        """Whether `second` of the run lies in it."""
        return self.since.total_seconds() <= second < self.until.total_seconds()


class Point(ApiModel):
    """From a moment on so many records/s arrive."""

    at: Duration
    """Since the beginning."""
    rate: Rate
    """Records/s."""
    ramp: bool = False
    """Growing or falling towards this from the point before, rather than jumping at this moment."""


class HotKey(Span):
    """For a while a share of all records has one key, and so goes to one partition."""

    share: Share
    """Of what arrives at the stage."""
    partition: PartitionPlace = 0
    """Where they go."""


class Stuck(Span):
    """A partition with a record that no consumer gets past."""

    partition: PartitionPlace = 0
    """Which one."""


class Retries(ApiModel):
    """Producers that send again what nobody took in time."""

    after: Annotated[Duration, Between("1s", "15m")] = parse("30s")
    """How long they wait."""
    share: Share
    """Of the records that still wait by then, so many come again, dealt to the partitions like all others."""


class Dearer(ApiModel):
    """From a moment on each record costs a consumer more than at the beginning, or less."""

    at: Duration
    """When it begins."""
    factor: Factor
    """Times the cost at the beginning."""


class Rewound(ApiModel):
    """Somebody sets the group back, to read records again."""

    at: Duration
    """When."""
    records: Annotated[int, Field(ge=1)]
    """By how many, in each partition."""


class Deaths(ApiModel):
    """Pods that die without a word. Others are made in their place."""

    at: tuple[Duration, ...] = ()
    """Moments at which one of those that work dies."""
    per_pod_day: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """How often a pod dies in a day of work, in the mean."""


class Rival(ApiModel):
    """Somebody else sets the count."""

    at: Duration
    """When."""
    replicas: Replicas
    """To what."""


class Blindness(StrEnum):
    """What of a source cannot be measured."""

    ONE = "One"
    """The first partition."""
    HALF = "Half"
    """The second half of the partitions."""
    ALL = "All"
    """Nothing is known, and that is said."""
    FROZEN = "Frozen"
    """What was measured last is told again and again, as if it were new."""


class Blind(Span):
    """A source that cannot be measured for a while."""

    what: Blindness = Blindness.ALL
    """How much of it."""


class Doubtful(Span):
    """A source that is measured, and says why that is no ground for less."""

    reason: Reason
    """What it says."""
