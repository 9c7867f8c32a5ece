"""This operator as a policy: the same windows, decisions and memory as on a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from logpipeline.api.pipeline import LogPipelineSpec, Mode
from logpipeline.api.status import LogPipelineStatus
from logpipeline.core.decide import decide
from logpipeline.core.decision import Decision, Verdict
from logpipeline.core.memory import Memory
from logpipeline.core.model import Announcement
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.outcome import Advised, Done, remember_outcome
from logpipeline.core.status import memory_of, status_of
from logpipeline.core.window import Window
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.sales import NONE, Sales
from logpipeline.sim.setting import Setting

NAME = "logpipeline"
TICK_SECONDS = 5.0


@dataclass(slots=True)
class LogPipelinePolicy:
    """What `logpipeline.tick` does in each pass, without a cluster.

    It sees the spec, readings and workloads, and nothing of the truth.
    """

    spec: LogPipelineSpec
    restarts: tuple[float, ...] = ()
    """When the operator is restarted, Unix seconds, the first one first: it then knows what status tells."""
    sales: Sales = NONE
    """What is announced to it."""
    name: str = NAME
    every_seconds: float = TICK_SECONDS
    decision: Decision | None = None
    """The last one."""
    announcements: tuple[Announcement, ...] = ()
    """What people were told at the last one."""
    _memory: Memory = field(default_factory=Memory)
    _windows: dict[str, Window] = field(default_factory=dict)
    _status: LogPipelineStatus | None = None

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """Decide on what is seen: a wish for each stage whose count is to be written."""
        if self.restarts and self.restarts[0] <= now:
            self._restart(now)
        observation = self._observed(seen, now)
        decision = decide(self.spec, observation, self._memory, now)
        self.announcements = decision.announcements
        wishes = self._act(decision, seen)
        if self.restarts:
            self._status = status_of(self.spec, observation, decision, self._status, generation=1)
        self.decision = decision
        return wishes

    def _observed(self, seen: Mapping[str, Seen], now: float) -> Observation:
        stages = {}
        for name, sight in seen.items():
            window = self._windows.get(name, Window()).extended(sight.reading)
            self._windows[name] = window
            stages[name] = StageObservation(window, sight.workload)
        sales = self.sales
        return Observation(
            MappingProxyType(stages), sales.at(now), sales.usual_at(now), next_sale=sales.next_at(now)
        )

    def _act(self, decision: Decision, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """What each stage asks for, and the memory of it once it is done: on a virtual clock it always is."""
        wishes, memories = {}, dict(decision.memory.stages)
        for stage in self.spec.stages:
            asked = decision.stages[stage.name]
            if asked.verdict is Verdict.HOLD or asked.replicas is None:
                continue
            outcome: Advised | Done = Advised(asked.line)
            if stage.scaling.mode is not Mode.ADVISE:
                outcome = Done(seen[stage.name].workload.replicas, asked.replicas)
                wishes[stage.name] = Wish(asked.replicas, asked.line, asked.rules)
            memories[stage.name], told = remember_outcome(
                memories[stage.name], stage.name, asked, outcome, decision.at
            )
            self.announcements += told
        self._memory = replace(decision.memory, stages=MappingProxyType(memories))
        return wishes

    def _restart(self, now: float) -> None:
        while self.restarts and self.restarts[0] <= now:
            self.restarts = self.restarts[1:]
        self._memory = Memory() if self._status is None else memory_of(self.spec, self._status, now)
        self._windows = {}


def logpipeline(setting: Setting) -> LogPipelinePolicy:
    """This operator in `setting`."""
    moments = sorted(moment.total_seconds() for moment in setting.scenario.restarts)
    restarts = tuple(setting.start + moment for moment in moments)
    return LogPipelinePolicy(setting.spec, restarts, setting.sales)
