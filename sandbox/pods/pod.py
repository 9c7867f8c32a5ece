"""One pod's life on the node: from bound to gone."""

import asyncio
import logging
import math
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path

import aiohttp

from sandbox.pods.api import UNREACHABLE, ApiError, KubernetesApi
from sandbox.pods.container import RETRY_SECONDS, Container
from sandbox.pods.environment import Identity
from sandbox.pods.launch import Launcher, PodFolder
from sandbox.pods.manifest import ContainerSpec, ManifestError, Pod
from sandbox.pods.probes import Prober
from sandbox.pods.process import Command
from sandbox.pods.publisher import Publisher
from sandbox.pods.state import ContainerRecord, NotStartableError, Reason, Waiting
from sandbox.pods.status import recover_record
from sandbox.pods.tokens import Kubeconfig

logger = logging.getLogger(__name__)


class Ending(Enum):
    """Why a pod's processes are to end."""

    DELETED = auto()
    """The object waits, with its grace period, for the runner to remove it."""
    GONE = auto()
    """The object is not there any more: nobody is left to be told."""
    RUNNER_STOPS = auto()
    """The object stays; the next runner starts the pod again."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all pods of a runner share."""

    api: KubernetesApi
    http: aiohttp.ClientSession
    state: Path
    cluster: Mapping[str, str]
    start_delay_seconds: float


class PodWorker:
    """Runs one pod. `live` is its whole life; `observe` and `end` tell it what happened outside."""

    def __init__(self, pod: Pod, address: str, around: Surroundings) -> None:
        self.pod = pod
        self._around = around
        self._identity = Identity(pod, address)
        self._folder = PodFolder(around.state / pod.key, around.state)
        self._launcher = Launcher(around.api, self._identity, self._folder, around.cluster)
        self._kubeconfig = Kubeconfig(around.api, pod, self._folder.kubeconfig)
        self._init_containers = [
            self._container(spec, "initContainerStatuses") for spec in pod.init_containers
        ]
        self._containers = [self._container(spec, "containerStatuses") for spec in pod.containers]
        self._publisher = Publisher(around.api, pod, address, self._records)
        self._ending: Ending | None = None
        self._ended = asyncio.Event()
        self._deadline = math.inf

    def observe(self, pod: Pod) -> None:
        """The object changed: follow a deletion, and correct a status that others wrote."""
        self.pod = pod
        if pod.deletion_grace_seconds is not None:
            self.end(Ending.DELETED, pod.deletion_grace_seconds)
        elif not pod.is_finished:
            self._publisher.observe(pod)

    def end(self, ending: Ending, grace_seconds: float) -> None:
        """End the pod within its grace period; called again, the shorter one counts."""
        if self._ending is not Ending.GONE:
            self._ending = ending
        self._deadline = min(self._deadline, asyncio.get_running_loop().time() + grace_seconds)
        self._ended.set()
        self._kill_in_time()

    async def live(self) -> None:
        """Run the pod's containers until it is ended, then end them and clean up."""
        publishing = asyncio.create_task(self._publisher.run())
        running = asyncio.create_task(self._run())
        try:
            await self._ended.wait()
            await _cancel(running)
            # Again: until it was cancelled it could still start a process, after a deadline of no grace.
            self._kill_in_time()
            if self._ending is not Ending.DELETED:
                # To call these containers ended would make the pod's phase a final one.
                await _cancel(publishing)
            await asyncio.gather(*(c.stop() for c in self._every_container()))
        finally:
            await _cancel(running)
            await _cancel(publishing)
            self._kill()
        if self._ending is Ending.DELETED:
            await self._remove_object()
        if self._ending is not Ending.RUNNER_STOPS:
            await asyncio.to_thread(remove_pod_files, self._folder)

    async def _run(self) -> None:
        """Everything between being bound and the last container's end; a failure of ours is told."""
        if self.pod.is_finished:
            return
        if any(spec.is_sidecar for spec in self.pod.init_containers):
            self._wait_all(Reason.CONFIG_ERROR, "the pod runner offers no init containers that run on")
            return
        try:
            self._publisher.changed()
            await asyncio.sleep(self.pod.start_delay(self._around.start_delay_seconds))
            await self._prepare()
            async with asyncio.TaskGroup() as tasks:
                renewing = tasks.create_task(self._kubeconfig.keep())
                for container in self._init_containers:
                    await container.run()
                    if not container.record.has_succeeded:
                        renewing.cancel()
                        return
                await asyncio.gather(*(c.run() for c in self._containers))
                renewing.cancel()
        except ManifestError as error:
            self._wait_all(Reason.CONFIG_ERROR, str(error))
        except Exception as error:
            logger.exception("pod %s cannot go on", self.pod.key)
            self._wait_all(Reason.CREATE_ERROR, f"the pod runner failed: {error!r}")

    async def _prepare(self) -> None:
        """Volumes and token, tried until they can be had."""
        while True:
            try:
                await self._launcher.prepare_pod()
                await self._kubeconfig.renew()
            except NotStartableError as error:
                self._wait_all(error.reason, error.message)
            except (ApiError, *UNREACHABLE) as error:
                self._wait_all(Reason.CREATE_ERROR, str(error) or type(error).__name__)
            else:
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _remove_object(self) -> None:
        """Tell the last states, then let the API server forget the pod."""
        await self._publisher.publish_last()
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": self.pod.uid}}
        while self._ending is Ending.DELETED:
            try:
                await self._around.api.delete(self.pod.path, options)
            except ApiError as error:
                if error.is_gone:
                    return
                logger.warning("pod %s could not be removed: %s", self.pod.key, error)
            except UNREACHABLE as error:
                logger.info("pod %s is removed later: %s", self.pod.key, error)
            else:
                return
            await asyncio.sleep(RETRY_SECONDS)

    def _container(self, spec: ContainerSpec, statuses: str) -> Container:
        waiting = Reason.POD_INITIALIZING if self.pod.init_containers else Reason.CONTAINER_CREATING
        record = recover_record(self.pod, spec, self.pod.status.get(statuses) or (), datetime.now(UTC))
        return Container(
            spec,
            record or ContainerRecord(Waiting(waiting)),
            prepare=self._launcher.prepare,
            make_prober=self._make_prober,
            grace_seconds=self.pod.grace_seconds,
            changed=self._on_change,
        )

    def _make_prober(self, spec: ContainerSpec, command: Command) -> Prober:
        return Prober(self._around.http, self._identity.address, spec.ports, command)

    def _every_container(self) -> list[Container]:
        return [*self._init_containers, *self._containers]

    def _records(self) -> dict[str, ContainerRecord]:
        return {c.spec.name: c.record for c in self._every_container()}

    def _wait_all(self, reason: Reason, message: str) -> None:
        for container in self._every_container():
            if not container.is_finished:
                container.record = replace(container.record, state=Waiting(reason, message), ready=False)
        self._publisher.changed()

    def _on_change(self) -> None:
        self._publisher.changed()

    def _kill_in_time(self) -> None:
        asyncio.get_running_loop().call_at(self._deadline, self._kill)

    def _kill(self) -> None:
        for container in self._every_container():
            container.kill()


def remove_pod_files(folder: PodFolder) -> None:
    """Remove what a pod had on disk, except its logs: they are what one asks for afterwards."""
    for part in (folder.home, folder.temporary, folder.volumes):
        shutil.rmtree(part, ignore_errors=True)
    folder.kubeconfig.unlink(missing_ok=True)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
