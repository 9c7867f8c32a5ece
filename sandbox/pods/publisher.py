"""Writes one pod's status whenever it changed, one request at a time."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from sandbox.pods.api import UNREACHABLE, ApiError, KubernetesApi
from sandbox.pods.manifest import Pod
from sandbox.pods.objects import Json
from sandbox.pods.status import Records, build_status, differs_from

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5


class Publisher:
    """Changes that come while a request is under way are written together by the next one."""

    def __init__(self, api: KubernetesApi, pod: Pod, address: str, records: Callable[[], Records]) -> None:
        self._api = api
        self._pod = pod
        self._address = address
        self._records = records
        self._due = asyncio.Event()
        self._published: Json | None = None
        self._version = 0
        self._is_gone = False

    def changed(self) -> None:
        """There is something to write."""
        self._due.set()

    def observe(self, pod: Pod) -> None:
        """Write again if somebody else changed what was written, such as a node that was away."""
        if self._published is None or pod.resource_version <= self._version:
            return
        if differs_from(self._published, pod.status):
            self._pod, self._published = pod, None
            self._due.set()

    async def run(self) -> None:
        """Write what is due, without end."""
        while True:
            await self._due.wait()
            self._due.clear()
            if not await self._publish():
                self._due.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def publish_last(self) -> None:
        """One attempt to write the final states of a pod that is about to be removed."""
        await self._publish()

    def _status(self) -> Json:
        previous = (self._published or self._pod.status).get("conditions") or ()
        return build_status(self._pod, self._address, self._records(), previous, datetime.now(UTC))

    async def _publish(self) -> bool:
        """Whether nothing is left to write: it is written, unchanged, refused, or nobody wants it."""
        status = self._status()
        if status == self._published or self._is_gone:
            return True
        patch = {"metadata": {"uid": self._pod.uid}, "status": status}
        try:
            answer = await self._api.patch(f"{self._pod.path}/status", patch)
        except ApiError as error:
            self._is_gone = error.is_gone
            if not error.is_gone:
                logger.warning("status of %s: %s", self._pod.key, error)
            return error.code < 500  # noqa: PLR2004  # a refusal stays one, a fault may pass
        except UNREACHABLE as error:
            logger.info("status of %s is written later: %s", self._pod.key, error or type(error).__name__)
            return False
        self._published = status
        self._version = int(answer["metadata"]["resourceVersion"])
        return True
