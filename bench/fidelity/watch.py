"""Those who watch the real side: the workload, its pods, and what the operator says of its decisions."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import time

from bench.subjects import NAMESPACE
from logpipeline.sim.track import Change
from sandbox.demo.follow import follow
from sandbox.errors import SandboxError
from sandbox.pods.api import KubernetesApi
from sandbox.pods.objects import Json

DECISION = re.compile(r"^(?P<stage>\S+): (?P<line>(?P<before>\d+)→(?P<after>\d+): .*)$", re.DOTALL)


class Watch:
    """The workload as it was seen last, and all that happened so far. Times are Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self.replicas = 0
        self.ready = 0
        self.changes: list[Change] = []
        """Counts that the operator wrote, when its Event was heard."""
        self._clock = clock
        self._created: dict[str, float] = {}
        self._ready_at: dict[str, float] = {}
        self._heard: set[str] = set()
        self._changed = asyncio.Event()

    def sized(self, deployment: Json) -> None:
        """The workload is as this says."""
        self.replicas = deployment["spec"]["replicas"]
        self.ready = deployment.get("status", {}).get("readyReplicas", 0)
        self._changed.set()
        self._changed = asyncio.Event()

    def lived(self, pod: Json) -> None:
        """A pod is as this says."""
        name, now = pod["metadata"]["name"], self._clock()
        self._created.setdefault(name, now)
        conditions = {each["type"]: each["status"] for each in pod.get("status", {}).get("conditions", ())}
        if conditions.get("Ready") == "True":
            self._ready_at.setdefault(name, now)

    def told(self, event: Json) -> None:
        """The operator wrote an Event; one that is no change of a count, or came before, is passed over."""
        found, uid = DECISION.match(event["message"]), event["metadata"]["uid"]
        known = uid in self._heard
        self._heard.add(uid)
        if not known and found and found["before"] != found["after"]:
            before, after = int(found["before"]), int(found["after"])
            self.changes.append(Change(self._clock(), before, after, found["line"]))

    def start_up_seconds(self, since: float) -> list[float]:
        """How long each pod took that was created since then, from its creation to Ready."""
        return [
            self._ready_at[name] - created
            for name, created in self._created.items()
            if created >= since and name in self._ready_at
        ]

    async def until_ready(self, replicas: int, within_seconds: float) -> None:
        """Wait until so many are asked for, and ready. Raises SandboxError: not within the time."""
        try:
            async with asyncio.timeout(within_seconds):
                while not self.replicas == self.ready == replicas:
                    await self._changed.wait()
        except TimeoutError:
            seen = f"{self.ready} of {self.replicas}"
            raise SandboxError(f"{replicas} replicas were to be ready, and {seen} are.") from None


@asynccontextmanager
async def watching(api: KubernetesApi, pipeline: str, workload: str) -> AsyncIterator[Watch]:
    """Watch until the end of the block."""
    watch = Watch()
    core = f"/api/v1/namespaces/{NAMESPACE}"
    deployments = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
    followed = (
        (watch.sized, follow(api, deployments, f"metadata.name={workload}")),
        (watch.lived, follow(api, f"{core}/pods")),
        (watch.told, follow(api, f"{core}/events", f"involvedObject.name={pipeline}")),
    )
    async with asyncio.TaskGroup() as watchers:
        tasks = [watchers.create_task(_hand_on(seen, to)) for to, seen in followed]
        try:
            yield watch
        finally:
            for task in tasks:
                task.cancel()


async def _hand_on(seen: AsyncIterator[Json], to: Callable[[Json], None]) -> None:
    async for each in seen:
        to(each)
