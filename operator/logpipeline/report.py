"""Writing status: at once for what people act on, seldom for figures that drift, never for nothing."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from logpipeline.api.logpipeline import API_VERSION, KIND, PLURAL
from logpipeline.api.status import LogPipelineStatus
from logpipeline.core.news import has_drifted, is_urgent
from logpipeline.kube import ApiError, KubeApi, resource_path
from logpipeline.world.objects import PipelineKey, PipelineObject

DRIFTS_PER_SECOND = 3.0
"""Statuses that are written for drifting figures alone: each costs the API server some 9 ms."""


@dataclass(frozen=True, slots=True)
class Written:
    """The status that the API server has of a pipeline."""

    uid: str
    status: LogPipelineStatus
    at: float
    over: str
    """The version of the object that a watch had brought."""
    version: str
    """The version that it became."""
    patience: float
    """From 0 to 1: how soon it is its turn again, where there are more than can be written."""


class StatusWriter:
    """Knows what was written last, and writes what a reader would care about."""

    def __init__(
        self, api: KubeApi, status_seconds: float, spread: Callable[[], float] = random.random
    ) -> None:
        """`status_seconds` go by at least before figures that drift are written again.

        `spread` gives numbers between 0 and 1.
        """
        self._api = api
        self._status_seconds = status_seconds
        self._spread = spread
        self._written: dict[PipelineKey, Written] = {}
        self._log = structlog.get_logger(__name__)

    def last(self, pipeline: PipelineObject) -> LogPipelineStatus | None:
        """The status written last, by this process or by the one before it."""
        written = self._written.get(pipeline.key)
        return written.status if written is not None and written.uid == pipeline.uid else pipeline.status

    async def write(self, pipeline: PipelineObject, status: LogPipelineStatus, now: float) -> None:
        """Write `status` if it is worth it. What fails is logged, and tried again at the next tick.

        An object that has moved since it was seen is left to the next tick: another may lead by now.
        """
        if not self._is_due(pipeline, status, now):
            return
        key = pipeline.key
        body = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {
                "name": key.name,
                "namespace": key.namespace,
                "uid": pipeline.uid,
                "resourceVersion": self._version(pipeline),
            },
            "status": status.model_dump(mode="json", by_alias=True, exclude_none=True),
        }
        try:
            path = resource_path(API_VERSION, PLURAL, key.namespace, key.name, "status")
            written = await self._api.apply(path, body)
        except ApiError as error:
            self._log.warning("a status could not be written", pipeline=str(key), error=str(error))
        else:
            version = written["metadata"]["resourceVersion"]
            self._written[key] = Written(
                pipeline.uid, status, now, pipeline.resource_version, version, self._spread()
            )

    def forget(self, key: PipelineKey) -> None:
        """The pipeline is gone."""
        self._written.pop(key, None)

    def _version(self, pipeline: PipelineObject) -> str:
        """The newest that we know: what we wrote ourselves may not have come back by the watch yet."""
        written = self._written.get(pipeline.key)
        own = written is not None and written.over == pipeline.resource_version
        return written.version if written is not None and own else pipeline.resource_version

    def _is_due(self, pipeline: PipelineObject, status: LogPipelineStatus, now: float) -> bool:
        before = self.last(pipeline)
        if before is None or is_urgent(before, status):
            return True
        written = self._written.get(pipeline.key)
        rested = written is None or not 0 <= now - written.at < self._rest_seconds(written)
        return rested and has_drifted(before, status)

    def _rest_seconds(self, written: Written) -> float:
        """Longer where many share the API server, and not the same for all: else they would come at once."""
        fair = len(self._written) / DRIFTS_PER_SECOND
        return self._status_seconds + 2 * written.patience * max(0.0, fair - self._status_seconds)
