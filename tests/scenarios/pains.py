"""What people complain of with today's autoscalers. Each has its story, and who has it fails there."""

from enum import StrEnum

from logpipeline.api.base import ApiModel
from tools.pains import Complaint


class Naive(StrEnum):
    """Who has it: a peer of the simulator by its own name, or one of `tests.scenarios.naive`.

    The page has words for each, in `tools.pains`.
    """

    KEDA = "keda"
    HPA = "hpa"
    LAG = "lag"
    """What waits, divided by a threshold; what is not told is so many records as the story says."""
    MOVING = "moving"
    """KEDA with `excludePersistentLag`: a partition that did not move since the last poll is left out."""
    RECORD = "record"
    """What arrives, divided by the most that a replica was ever seen to take."""


class Pain(ApiModel):
    """Why a story is told."""

    complaint: Complaint
    naive: Naive
    """Who has this pain: what the story promises does not come true with it."""
    because: str
    """What it does, and why."""
    not_told: int = 0
    """Records that `lag` takes to wait in a partition that could not be measured."""
