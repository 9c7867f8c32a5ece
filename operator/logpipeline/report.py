"""Writing status: at once for what people act on, seldom for figures that drift, never for nothing."""

from dataclasses import dataclass

import structlog

from logpipeline.api.logpipeline import API_VERSION, KIND, PLURAL
from logpipeline.api.status import LogPipelineStatus
from logpipeline.core.news import has_drifted, is_urgent
from logpipeline.kube import ApiError, KubeApi, resource_path
from logpipeline.world.objects import PipelineKey, PipelineObject


@dataclass(frozen=True, slots=True)
class Written:
    """The status that the API server has of a pipeline."""

    uid: str
    status: LogPipelineStatus
    at: float


class StatusWriter:
    """Knows what was written last, and writes what a reader would care about."""

    def __init__(self, api: KubeApi, status_seconds: float) -> None:
        self._api = api
        self._status_seconds = status_seconds
        self._written: dict[PipelineKey, Written] = {}
        self._log = structlog.get_logger(__name__)

    def last(self, pipeline: PipelineObject) -> LogPipelineStatus | None:
        """The status written last, by this process or by the one before it."""
        written = self._written.get(pipeline.key)
        return written.status if written is not None and written.uid == pipeline.uid else pipeline.status

    async def write(self, pipeline: PipelineObject, status: LogPipelineStatus, now: float) -> None:
        """Write `status` if it is worth it. What fails is logged, and tried again at the next tick."""
        if not self._is_due(pipeline, status, now):
            return
        key = pipeline.key
        body = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"name": key.name, "namespace": key.namespace, "uid": pipeline.uid},
            "status": status.model_dump(mode="json", by_alias=True, exclude_none=True),
        }
        try:
            await self._api.apply(resource_path(API_VERSION, PLURAL, key.namespace, key.name, "status"), body)
        except ApiError as error:
            self._log.warning("a status could not be written", pipeline=str(key), error=str(error))
        else:
            self._written[key] = Written(pipeline.uid, status, now)

    def forget(self, key: PipelineKey) -> None:
        """The pipeline is gone."""
        self._written.pop(key, None)

    def _is_due(self, pipeline: PipelineObject, status: LogPipelineStatus, now: float) -> bool:
        before = self.last(pipeline)
        if before is None or is_urgent(before, status):
            return True
        written = self._written.get(pipeline.key)
        rested = written is None or now - written.at >= self._status_seconds
        return rested and has_drifted(before, status)
