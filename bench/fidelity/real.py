"""The scenario on real parts: Kafka, Kubernetes, workers with a limit, and the operator.

It begins at a measurement of the operator, as a simulated run does: where in the sampling interval a burst
begins is worth up to five seconds of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from time import time

from bench.fidelity.recording import Recording, Sight
from bench.fidelity.subject import curve, documents
from bench.fidelity.watch import Watch, watching
from bench.harness import apply, apply_crds, bench_sandbox, commands, operator
from bench.reaction import last_measured, until_phase
from bench.subjects import NAMESPACE, Subject, create_topics, namespace
from logpipeline.api.sources import OffsetReset
from logpipeline.core.model import Workload
from logpipeline.sim.policy import Seen
from logpipeline.sim.scenario import Scenario
from logpipeline.sources.base import KafkaConnection, KafkaQuery
from logpipeline.sources.credentials import NO_CREDENTIALS
from logpipeline.sources.kafka.process import ClientProcess
from logpipeline.sources.kafka.reader import KafkaReader
from sandbox.demo.traffic import Generator
from sandbox.errors import SandboxError
from sandbox.pods.api import KubernetesApi
from sandbox.sandbox import Sandbox

SIDE = "real"
COMPONENTS = ("kube-controller-manager", "kube-scheduler", "podrunner", "kafka")
READY_WITHIN_SECONDS = 120.0
SAMPLE_DEADLINE_SECONDS = 4.0
BLIND_SECONDS = 15.0
"""Two looks that are further apart tell too little of what was between them."""
EVENLY = "--key-skew=0"
"""Keys that are all as frequent: what a partition gets of all is the same from second to second. Without keys
the client sends a whole batch to one partition, and then the next to another."""


@dataclass(frozen=True, slots=True)
class Played:
    """The real side of a run."""

    recording: Recording
    start_up_seconds: Sequence[float]
    """Of each pod that was created meanwhile, from its creation to Ready."""
    sent: int
    """Records that were acknowledged."""


def play(scenario: Scenario) -> Played:
    """Play it in a sandbox of its own."""
    (stage,) = scenario.pipeline.stages
    truth = scenario.truth(stage)
    delay = truth.start_up.total_seconds()
    with bench_sandbox(COMPONENTS, start_delay_seconds=delay) as sandbox:
        kafka = sandbox.kafka_bootstrap
        create_topics(kafka, [Subject(stage.name)], truth.partitions)
        apply_crds(sandbox)
        apply(sandbox, [namespace(), *documents(scenario, kafka, sandbox.layout.folder("store"))])
        with operator(sandbox) as running:
            ready = "--for=condition=Ready"
            commands(sandbox)("kubectl", "wait", f"--namespace={NAMESPACE}", ready, "lp", "--all")
            return asyncio.run(_play(scenario, sandbox, lambda: last_measured(running)))


async def _play(scenario: Scenario, sandbox: Sandbox, last_measured: Callable[[], float]) -> Played:
    (stage,) = scenario.pipeline.stages
    kafka = sandbox.kafka_bootstrap
    api = await KubernetesApi.connect(sandbox.kubeconfig)
    look = Look(kafka, stage.name)
    try:
        async with watching(api, scenario.name, stage.name) as watch:
            await watch.until_ready(scenario.truth(stage).replicas, READY_WITHIN_SECONDS)
            await look.until_whole(watch)
            await asyncio.sleep(until_phase(await asyncio.to_thread(last_measured), 0.0))
            start = time()
            generator = await Generator.start(
                scenario.name,
                f"--kafka={kafka}",
                f"--topic={stage.name}",
                f"--curve={curve(scenario)}",
                EVENLY,
                owner=sandbox.layout.directory,
            )
            try:
                sights = [sight async for sight in _every_second(look, watch, start, scenario)]
                sent = await generator.finished()
            finally:
                await generator.abandon()
    finally:
        await look.close()
        await api.close()
    changes = [change for change in watch.changes if change.at >= start]
    return Played(Recording(SIDE, start, sights, changes), watch.start_up_seconds(start), sent)


async def _every_second(look: "Look", watch: Watch, start: float, scenario: Scenario) -> AsyncIterator[Sight]:
    """A look at each second that the machine has time for. Raises SandboxError: it had none for too long."""
    last = start
    for second in range(round(scenario.until.total_seconds()) + 1):
        await asyncio.sleep(start + second - time())
        seen = await look.at(watch)
        if seen is not None:
            last = seen.sample.at
            yield seen
        elif time() - last > BLIND_SECONDS:
            raise SandboxError(
                f"The broker did not answer for {BLIND_SECONDS:.0f} s: the machine is too busy."
            )


class Look:
    """Sees the group as the operator does, by its own reader, and the workload as it is watched."""

    def __init__(self, kafka: str, name: str) -> None:
        connection = KafkaConnection(kafka)
        self._process = ClientProcess()
        self._reader = KafkaReader(
            connection, NO_CREDENTIALS, self._process, deadline_seconds=SAMPLE_DEADLINE_SECONDS, clock=time
        )
        self._query = KafkaQuery(connection, name, (name,), OffsetReset.EARLIEST)

    async def at(self, watch: Watch) -> Sight | None:
        """Now; None where not all can be seen."""
        reading = (await self._reader.sample([self._query]))[self._query]
        return Sight.of(Seen(reading, Workload("real", watch.replicas, watch.ready)))

    async def until_whole(self, watch: Watch) -> None:
        """Look until all is seen: a coordinator is chosen first. Raises SandboxError: not within the time."""
        give_up = time() + READY_WITHIN_SECONDS
        while await self.at(watch) is None:
            if time() > give_up:
                raise SandboxError(f"The group was not seen within {READY_WITHIN_SECONDS:.0f} s.")
            await asyncio.sleep(1.0)

    async def close(self) -> None:
        """End the client."""
        await self._reader.close()
        await self._process.close()
