"""Things that go wrong, at random."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field

from bench.scale.fleet import PIPELINES, create, delete
from bench.scale.part import API_SERVER, BROKER
from bench.subjects import REPLICAS_MOST, Subject
from sandbox.pods.api import ApiError, KubernetesApi
from sandbox.sandbox import Sandbox

CALM_SECONDS = (5.0, 15.0)
"""Between two faults."""
FROZEN_SECONDS = (1.0, 6.0)
TOUCHED = 20
"""Pipelines that one fault edits or replaces."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Makes one thing go wrong after the other."""

    sandbox: Sandbox
    api: KubernetesApi
    subjects: Sequence[Subject]
    dice: random.Random
    done: Counter[str] = field(default_factory=Counter)
    """How often each fault was."""

    async def make(self, seconds: float) -> None:
        """For so long. When it is over, all servers run."""
        faults: list[Callable[[], Coroutine[None, None, None]]] = [
            self.freeze_the_broker,
            self.freeze_the_api_server,
            self.edit_specs,
            self.replace_pipelines,
        ]
        end = asyncio.get_running_loop().time() + seconds
        while (calm := self.dice.uniform(*CALM_SECONDS)) < end - asyncio.get_running_loop().time():
            await asyncio.sleep(calm)
            fault = self.dice.choice(faults)
            self.done[fault.__name__] += 1
            await fault()

    async def freeze_the_broker(self) -> None:
        """It answers nobody for some seconds."""
        await self._freeze(BROKER)

    async def freeze_the_api_server(self) -> None:
        """The same, for whoever watches and writes."""
        await self._freeze(API_SERVER)

    async def edit_specs(self) -> None:
        """Other bounds for some pipelines; those that are written to meanwhile stay as they are."""
        for subject in self.dice.sample(self.subjects, TOUCHED):
            path = f"{PIPELINES}/{subject.name}"
            pipeline = await self.api.get(path)
            pipeline["spec"]["stages"][0]["scaling"]["maxReplicas"] = self.dice.randint(1, REPLICAS_MOST)
            try:
                await self.api.replace(path, pipeline)
            except ApiError as refused:
                if not refused.is_gone:
                    raise

    async def replace_pipelines(self) -> None:
        """Delete some, and make them anew under the same names."""
        chosen = self.dice.sample(self.subjects, TOUCHED)
        await delete(self.api, PIPELINES, [subject.name for subject in chosen])
        kafka = self.sandbox.kafka_bootstrap
        await create(self.api, PIPELINES, [subject.pipeline(kafka) for subject in chosen])

    async def _freeze(self, component: str) -> None:
        # In a thread: finding the process and seeing it frozen takes its time.
        await asyncio.to_thread(self.sandbox.stop, component, signal.SIGSTOP)
        try:
            await asyncio.sleep(self.dice.uniform(*FROZEN_SECONDS))
        finally:
            await asyncio.to_thread(self.sandbox.stop, component, signal.SIGCONT)
