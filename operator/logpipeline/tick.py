"""One pass over a pipeline: observe, decide, act, report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from logpipeline.actuators.base import Actuator
from logpipeline.api.logpipeline import API_VERSION, KIND
from logpipeline.api.pipeline import LogPipelineSpec, Mode
from logpipeline.api.status import LogPipelineStatus
from logpipeline.core.conditions import invalid_spec, news
from logpipeline.core.decide import decide
from logpipeline.core.decision import Decision, Verdict
from logpipeline.core.memory import Memory
from logpipeline.core.model import Announcement
from logpipeline.core.observation import Observation
from logpipeline.core.occurrence import Upcoming
from logpipeline.core.outcome import Refused, remember_outcome
from logpipeline.core.rest import Rest, repeated, rest_of
from logpipeline.core.status import conditions_of, memory_of, statements_of, status_of
from logpipeline.notify.events import EventRecorder, Involved
from logpipeline.observe import Observer
from logpipeline.report import StatusWriter
from logpipeline.telemetry import Telemetry
from logpipeline.world.objects import PipelineKey, PipelineObject, SpecError
from logpipeline.world.target import target_of


@dataclass(frozen=True, slots=True)
class Resting:
    """A pipeline that rests, and what was shown of it."""

    uid: str
    generation: int
    rest: Rest
    status: LogPipelineStatus
    upcoming: Upcoming | None
    """The announced event that starts next, which status tells."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What a pass needs. It keeps the memories, who rests, and nothing else."""

    observer: Observer
    actuators: Mapping[Mode, Actuator]
    events: EventRecorder
    statuses: StatusWriter[LogPipelineStatus]
    telemetry: Telemetry
    memories: dict[PipelineKey, tuple[str, Memory]]
    clock: Callable[[], float]
    resting: dict[PipelineKey, Resting] = field(default_factory=dict)

    async def __call__(self, pipeline: PipelineObject) -> None:
        """Observe `pipeline`, decide, act, report. Raises nothing for what servers do."""
        with self.telemetry.ticking():
            await self._pass(pipeline, self.clock())

    def forget(self, key: PipelineKey) -> None:
        """The pipeline is gone. Its workloads stay as they are."""
        self.memories.pop(key, None)
        self.resting.pop(key, None)
        self.statuses.forget(key)
        self.telemetry.forget(key)

    async def _pass(self, pipeline: PipelineObject, now: float) -> None:
        if isinstance(pipeline.spec, SpecError):
            await self._refuse(pipeline, pipeline.spec, now)
            return
        observation = await self.observer.observe(pipeline, pipeline.spec, now)
        if observation is None or await self._repeat(pipeline, observation, now):
            return
        known = self._recall(pipeline, pipeline.spec, now)
        decision = decide(pipeline.spec, observation, known, now)
        decision, told = await self._act(pipeline.key, pipeline.spec, decision)
        self.memories[pipeline.key] = pipeline.uid, decision.memory
        self.telemetry.decided(pipeline.key, observation, decision)
        before = self.statuses.last(pipeline)
        status = status_of(pipeline.spec, observation, decision, before, pipeline.generation)
        if (rest := rest_of(observation, known, decision)) is not None:
            self.resting[pipeline.key] = Resting(
                pipeline.uid, pipeline.generation, rest, status, observation.next_sale
            )
        # Told first: an end in between repeats an Event, where the other order would lose it.
        await self._tell(pipeline, told)
        await self.statuses.write(pipeline, status, now)

    async def _repeat(self, pipeline: PipelineObject, observation: Observation, now: float) -> bool:
        """Whether the pipeline still rests: then all was said, and what could not be written is tried again.

        Nothing is to be carried out: a rest only begins where acting changed nothing.
        """
        resting = self.resting.pop(pipeline.key, None)
        if resting is None or (resting.uid, resting.generation) != (pipeline.uid, pipeline.generation):
            return False
        if resting.upcoming != observation.next_sale:
            return False
        rest = repeated(resting.rest, observation, now)
        if rest is None:
            return False
        self.resting[pipeline.key] = replace(resting, rest=rest)
        self.memories[pipeline.key] = pipeline.uid, rest.decision.memory
        self.telemetry.decided(pipeline.key, observation, rest.decision)
        await self.statuses.write(pipeline, resting.status, now)
        return True

    def _recall(self, pipeline: PipelineObject, spec: LogPipelineSpec, now: float) -> Memory:
        uid, memory = self.memories.get(pipeline.key, ("", Memory()))
        if uid == pipeline.uid:
            return memory
        last = self.statuses.last(pipeline)
        return memory_of(spec, last, now) if last else Memory()

    async def _act(
        self, key: PipelineKey, spec: LogPipelineSpec, decision: Decision
    ) -> tuple[Decision, tuple[Announcement, ...]]:
        """Carry out what each stage asks for; the decision then remembers what became of it."""
        memories, told = dict(decision.memory.stages), decision.announcements
        for stage in spec.stages:
            asked = decision.stages[stage.name]
            if asked.verdict is Verdict.HOLD:
                continue
            target = target_of(key.namespace, stage.scale_target_ref)
            outcome = await self.actuators[stage.scaling.mode].act(target, asked)
            memories[stage.name], announced = remember_outcome(
                memories[stage.name], stage.name, asked, outcome, decision.at
            )
            told += announced
            if isinstance(outcome, Refused):
                self.telemetry.scale_failed(outcome.why.reason)
        memory = replace(decision.memory, stages=MappingProxyType(memories))
        return replace(decision, memory=memory), told

    async def _refuse(self, pipeline: PipelineObject, error: SpecError, now: float) -> None:
        """Say what is wrong with a spec; the rest of the status stays as it was. Watching begins anew."""
        self.memories.pop(pipeline.key, None)
        self.resting.pop(pipeline.key, None)
        self.telemetry.forget(pipeline.key)
        before = self.statuses.last(pipeline) or LogPipelineStatus()
        said = invalid_spec(error.message)
        conditions = conditions_of(said, before, pipeline.generation, now)
        update = {"conditions": conditions, "observed_generation": pipeline.generation}
        await self._tell(pipeline, news(statements_of(before), said))
        await self.statuses.write(pipeline, before.model_copy(update=update), now)

    async def _tell(self, pipeline: PipelineObject, told: tuple[Announcement, ...]) -> None:
        involved = Involved(API_VERSION, KIND, *pipeline.key, pipeline.uid)
        for announcement in told:
            await self.events.announce(involved, announcement)
