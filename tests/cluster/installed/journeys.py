"""What happens to an event and to a workload, watched from before its warming until it is over."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from tests.cluster.installed.shop import Shop

LOOK_EVERY_SECONDS = 0.3
PATIENCE_SECONDS = 300.0


class Sight(NamedTuple):
    """What was seen at one moment."""

    at: float
    phase: str
    replicas: int
    """Of the workload, as asked for."""
    shown: str
    """Replicas ready and planned, as `kubectl get sale` has them."""


@dataclass
class Journey:
    """An event, and the workload that it warms."""

    shop: Shop
    event: str
    workload: str
    sights: list[Sight] = field(default_factory=list)

    def follow(self, meanwhile: Callable[[float], None] = lambda _: None) -> None:
        """Look until it is done. `meanwhile` is told the time at each look."""
        give_up = time.time() + PATIENCE_SECONDS
        while not self.sights or self.sights[-1].phase != "Done" or self.sights[-1].replicas > 1:
            assert time.time() < give_up, f"it does not end: {self.sights[-3:]}"
            self.sights.append(self.look())
            meanwhile(self.sights[-1].at)
            time.sleep(LOOK_EVERY_SECONDS)

    def look(self) -> Sight:
        """As it is now."""
        status = self.shop.get(f"sale/{self.event}").get("status", {})
        phase, shown = status.get("phase", ""), status.get("replicas", "")
        return Sight(time.time(), phase, self.shop.replicas(self.workload), shown)

    def phases(self) -> Sequence[str]:
        """One after the other."""
        return [phase for phase, _ in groupby(sight.phase for sight in self.sights)]

    def path(self) -> Sequence[int]:
        """Counts of replicas, one after the other."""
        return [count for count, _ in groupby(sight.replicas for sight in self.sights)]

    def first(self, phase: str) -> Sight:
        """When it was first seen in that phase."""
        return next(sight for sight in self.sights if sight.phase == phase)

    def between(self, begins: float, ends: float) -> Sequence[Sight]:
        """What was seen in that time."""
        return [sight for sight in self.sights if begins <= sight.at < ends]
