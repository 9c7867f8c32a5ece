"""An announced sale, and a stage that goes through it tick by tick."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.api.sale import Expected
from logpipeline.api.status import LogPipelineStatus
from logpipeline.core.decide import decide
from logpipeline.core.decision import Decision, Verdict
from logpipeline.core.floors.floor import Floor
from logpipeline.core.memory import Memory
from logpipeline.core.model import Workload
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.occurrence import Announced, Occurrence, Usual
from logpipeline.core.outcome import Done, remember_outcome
from logpipeline.core.readings import Group, GroupState, Reading
from logpipeline.core.status import memory_of, status_of
from logpipeline.core.window import Window
from tests.unit.core.given import NOW, OURS, missing, sample, spec, stage

MINUTE = 60.0
TIMES = Occurrence(NOW, NOW + 40 * MINUTE, NOW + 50 * MINUTE, NOW + 110 * MINUTE, NOW + 130 * MINUTE)
"""Warming takes 40 minutes, in steps of ten; ten more until the start, an hour of it, and twenty down."""
PARTITIONS = 64


def sale(name: str = "double-eleven", times: Occurrence = TIMES, **expected: object) -> Announced:
    return Announced(name, Expected.model_validate(expected or {"recordsPerSecond": 40_000}), times)


def one_stage(**scaling: object) -> LogPipelineSpec:
    """Of replicas that take 1,000 records/s each, which is known."""
    given = {"capacity": {"recordsPerSecond": 1_000, "learn": False}, "maxReplicas": 64}
    return spec(stage(**given | scaling))


@dataclass
class World:
    """One stage on Kafka at a steady rate, and an operator that looks every five seconds."""

    of: LogPipelineSpec = field(default_factory=one_stage)
    sales: tuple[Announced, ...] = field(default_factory=lambda: (sale(),))
    usual: Mapping[str, Usual] = field(default_factory=dict)
    rate: float = 800.0
    start_seconds: float = 30.0
    now: float = NOW - 65.0
    replicas: int = 2
    ready: int = 2
    behind: int = 0
    """Records that wait."""
    seen: bool = True
    """Whether the source can be measured."""
    state: GroupState = GroupState.STABLE
    memory: Memory = field(default_factory=Memory)
    path: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    status: LogPipelineStatus | None = None
    _window: Window = field(default_factory=Window)
    _asked: list[tuple[float, int]] = field(default_factory=list)

    def tick(self) -> Decision:
        """Five seconds later."""
        self.now += 5.0
        due = [count for at, count in self._asked if at + self.start_seconds <= self.now]
        self.ready = min(self.replicas, max([self.ready, *due]))
        self._window = self._window.extended(self._reading())
        work = Workload("uid-1", self.replicas, self.ready, OURS)
        observation = Observation(
            MappingProxyType({"index": StageObservation(self._window, work)}),
            tuple(each for each in self.sales if each.occurrence.warming <= self.now < each.occurrence.over),
            self.usual,
        )
        decision = decide(self.of, observation, self.memory, self.now)
        self.memory = decision.memory
        self.status = status_of(self.of, observation, decision, self.status, 1)
        self.told += [f"{each.reason}: {each.message}" for each in decision.announcements]
        self._act(decision)
        self.path.append(self.replicas)
        return decision

    def until(self, moment: float) -> Decision:
        """Tick by tick."""
        decision = self.tick()
        while self.now < moment:
            decision = self.tick()
        return decision

    def restart(self) -> None:
        """Another process, which knows what status tells."""
        assert self.status is not None
        self.memory, self._window = memory_of(self.of, self.status, self.now), Window()

    def _act(self, decision: Decision) -> None:
        asked = decision.stages["index"]
        if asked.verdict is Verdict.HOLD or asked.replicas is None:
            return
        known, _ = remember_outcome(
            self.memory.stages["index"], "index", asked, Done(self.replicas, asked.replicas), self.now
        )
        self.memory = replace(self.memory, stages=MappingProxyType({"index": known}))
        if asked.replicas > self.replicas:
            self._asked.append((self.now, asked.replicas))
        self.replicas = asked.replicas
        self.ready = min(self.ready, self.replicas)

    def _reading(self) -> Reading:
        if not self.seen:
            return missing(self.now)
        each = int(self.rate * (self.now - NOW + 100_000) / PARTITIONS)
        done = [each - self.behind // PARTITIONS] * PARTITIONS
        return sample(self.now, [each] * PARTITIONS, done, group=Group(self.state, "range", self.ready))


def floor_of(decision: Decision) -> Floor:
    (floor,) = decision.stages["index"].floors
    return floor
