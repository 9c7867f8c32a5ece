"""The runner: the pods bound to its node, each with a worker of its own."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import AddressValueError

from sandbox.pods.addresses import Addresses, NoAddressLeftError
from sandbox.pods.launch import PodFolder
from sandbox.pods.logs import LogServer
from sandbox.pods.manifest import Pod, parse_pod
from sandbox.pods.node import Node
from sandbox.pods.objects import Json
from sandbox.pods.pod import Ending, PodWorker, Surroundings, remove_pod_files
from sandbox.pods.watch import Changed, Deleted, Listed, PodEvent, follow_pods

logger = logging.getLogger(__name__)

STOP_GRACE_SECONDS = 5.0
"""What a pod gets at most when the runner itself is stopped."""
STOP_SECONDS = 8.0
"""After this the runner ends whatever the API server, which may be stopping too, keeps it waiting for."""


class Runner:
    """Follows the pods of one node and gives every one to a worker that cannot disturb the others."""

    def __init__(self, node: str, addresses: Addresses, around: Surroundings) -> None:
        self._node_name = node
        self._logs = LogServer(around.state, self._is_live)
        self._addresses = addresses
        self._around = around
        self._workers: dict[str, PodWorker] = {}
        self._lives: dict[str, asyncio.Task[None]] = {}
        # Pods whose life here is over, while a finalizer or a late event keeps their object in sight.
        self._over: set[str] = set()

    async def run(self) -> None:
        """Work until cancelled, then end every process."""
        await self._logs.start(self._around.api.ca_file)
        node = Node(self._around.api, self._node_name, self._logs.port)
        heartbeat = asyncio.create_task(node.keep_alive())
        try:
            async for event in follow_pods(self._around.api, self._node_name):
                self._apply(event)
        finally:
            heartbeat.cancel()
            with suppress(asyncio.CancelledError):
                await heartbeat
            await self._stop()
            await self._logs.close()

    def _apply(self, event: PodEvent) -> None:
        match event:
            case Listed(pods):
                self._adopt([pod for raw in pods if (pod := _parsed(raw)) is not None])
            case Changed(raw):
                if (pod := _parsed(raw)) is not None:
                    self._follow(pod)
            case Deleted(raw):
                self._forget(raw["metadata"]["uid"])

    def _adopt(self, pods: list[Pod]) -> None:
        """Bring the workers in line with a whole list; living pods keep their addresses."""
        for pod in pods:
            if address := pod.status.get("podIP"):
                with suppress(AddressValueError):
                    self._addresses.claim(pod.uid, address)
        listed = {pod.uid for pod in pods}
        self._over &= listed
        for uid in [uid for uid in self._workers if uid not in listed]:
            self._forget(uid)
        self._tidy(pods)
        for pod in pods:
            self._follow(pod)

    def _follow(self, pod: Pod) -> None:
        if pod.uid in self._over:
            return
        if (worker := self._workers.get(pod.uid)) is not None:
            worker.observe(pod)
            return
        try:
            address = self._addresses.assign(pod.uid)
        except NoAddressLeftError as error:
            logger.warning("pod %s is not started: %s", pod.key, error)
            return
        worker = self._workers[pod.uid] = PodWorker(pod, address, self._around)
        life = self._lives[pod.uid] = asyncio.create_task(worker.live(), name=pod.key)
        life.add_done_callback(lambda task: self._bury(pod.uid, task))
        worker.observe(pod)
        logger.info("pod %s at %s", pod.key, address)

    def _forget(self, uid: str) -> None:
        """A pod is not in the API server any more: without its object there is no grace period."""
        self._over.discard(uid)
        if (worker := self._workers.get(uid)) is not None:
            worker.end(Ending.GONE, 0)

    def _bury(self, uid: str, life: asyncio.Task[None]) -> None:
        del self._workers[uid], self._lives[uid]
        self._over.add(uid)
        self._addresses.release(uid)
        if not life.cancelled() and (error := life.exception()) is not None:
            logger.error("pod %s: its worker failed", life.get_name(), exc_info=error)

    def _tidy(self, pods: Iterable[Pod]) -> None:
        """Remove what pods left on disk that went while no runner watched."""
        living = {pod.key for pod in pods} | {worker.pod.key for worker in self._workers.values()}
        for folder in self._around.state.iterdir():
            if folder.is_dir() and "_" in folder.name and folder.name not in living:
                remove_pod_files(PodFolder(folder, self._around.state))

    def _is_live(self, key: str) -> bool:
        return any(worker.pod.key == key for worker in self._workers.values())

    async def _stop(self) -> None:
        for worker in self._workers.values():
            worker.end(Ending.RUNNER_STOPS, min(worker.pod.grace_seconds, STOP_GRACE_SECONDS))
        if lives := list(self._lives.values()):
            _, late = await asyncio.wait(lives, timeout=STOP_SECONDS)
            for life in late:
                life.cancel()


def _parsed(raw: Json) -> Pod | None:
    """The pod, or None for one whose form is beyond this runner: it is named and left alone."""
    try:
        return parse_pod(raw)
    except (KeyError, TypeError, ValueError) as error:
        logger.warning("pod %s cannot be read: %r", raw.get("metadata", {}).get("name"), error)
        return None
