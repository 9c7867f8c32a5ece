"""What the tests of the plant begin with: one stage, and somebody who sets its count by the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from logpipeline.sim.plant import Plant
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.run import run
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.setting import setting_of
from logpipeline.sim.station import Station
from logpipeline.sim.track import StageTrack

INDEX: dict[str, Any] = {
    "name": "index",
    "scaleTargetRef": {"name": "log-indexer"},
    "source": {
        "kafka": {"bootstrapServers": "kafka:9092", "consumerGroup": "indexers", "topics": ["access-log"]}
    },
    "scaling": {"minReplicas": 0, "maxReplicas": 100, "capacity": {"recordsPerSecond": 1_000}},
}
COLLECT: dict[str, Any] = {
    "name": "collect",
    "scaleTargetRef": {"name": "log-collector"},
    "source": {
        "redis": {"address": "redis://redis:6379/0", "streams": ["gin_logs"], "consumerGroup": "collectors"}
    },
    "scaling": {"minReplicas": 0, "maxReplicas": 100, "capacity": {"recordsPerSecond": 1_000}},
}


def scenario(
    rate: float | Sequence[Mapping[str, Any]] = 0.0,
    until: str = "10m",
    stages: Sequence[Mapping[str, Any]] = (INDEX,),
    others: Mapping[str, Mapping[str, Any]] | None = None,
    arrival_noise: float = 0.0,
    **truth: Any,  # noqa: ANN401
) -> Scenario:
    """The first of `stages` as `truth` says, in the words of a scenario file; the `others` likewise."""
    arrivals = [{"at": "0s", "rate": rate}] if isinstance(rate, int | float) else list(rate)
    words = {
        "name": "given",
        "pipeline": {"stages": list(stages)},
        "stages": {stages[0]["name"]: {"partitions": 8, "startUp": "20s"} | truth, **(others or {})},
        "arrivals": arrivals,
        "until": until,
        "arrivalNoise": arrival_noise,
    }
    return Scenario.model_validate(words)


def plant(seed: int = 1, **said: Any) -> Plant:  # noqa: ANN401
    return Plant(setting_of(scenario(**said), seed))


def station(seed: int = 1, **said: Any) -> tuple[Plant, Station]:  # noqa: ANN401
    whole = plant(seed, **said)
    return whole, next(iter(whole.stations.values()))


def played(whole: Plant, seconds: int) -> Plant:
    for _ in range(seconds):
        whole.advance()
    return whole


@dataclass
class ByTheClock:
    """Sets the count of the first stage at given seconds since the first look."""

    counts: Mapping[int, int]
    name: str = "by-the-clock"
    every_seconds: float = 5.0
    seen: list[Mapping[str, Seen]] = field(default_factory=list)

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        del now
        self.seen.append(seen)
        second = len(self.seen) * int(self.every_seconds)
        stage = next(iter(seen))
        return {stage: Wish(self.counts[second], "it is time")} if second in self.counts else {}


def track(counts: Mapping[int, int] | None = None, seed: int = 1, **said: Any) -> StageTrack:  # noqa: ANN401
    """The first stage over the whole scenario, with its count set at these seconds."""
    whole = run(setting_of(scenario(**said), seed), ByTheClock(counts or {}))
    return next(iter(whole.stages.values()))
