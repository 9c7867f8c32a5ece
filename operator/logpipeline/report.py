"""Writing status: at once for what people act on, seldom for figures that drift, never for nothing."""

import random
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import structlog

from logpipeline.api.base import ApiModel
from logpipeline.api.logpipeline import API_VERSION, KIND, PLURAL
from logpipeline.api.status import LogPipelineStatus
from logpipeline.core.news import has_drifted, is_urgent
from logpipeline.kube import ApiError, KubeApi, resource_path

Status = TypeVar("Status", bound=ApiModel)
Seen_co = TypeVar("Seen_co", bound=ApiModel, covariant=True)

DRIFTS_PER_SECOND = 3.0
"""Statuses that are written for drifting figures alone: each costs the API server some 9 ms."""


class Key(Hashable, Protocol):
    """An object, by name."""

    @property
    def namespace(self) -> str:
        """Of the object."""

    @property
    def name(self) -> str:
        """Of the object."""


class Reported(Protocol[Seen_co]):
    """An object with a status, as it was last seen."""

    @property
    def key(self) -> Key:
        """Its name."""

    @property
    def uid(self) -> str:
        """Another one under the same name has another."""

    @property
    def resource_version(self) -> str:
        """Its version when it was seen."""

    @property
    def status(self) -> Seen_co | None:
        """None where there is none that can be read."""


@dataclass(frozen=True, slots=True)
class Manner(Generic[Status]):
    """How the objects of one kind are reported on."""

    kind: str
    plural: str
    is_urgent: Callable[[Status | None, Status], bool]
    """What people act on is another: to be written at once."""
    has_drifted: Callable[[Status, Status], bool]
    """Something is another that can wait."""


PIPELINES: Final[Manner[LogPipelineStatus]] = Manner(KIND, PLURAL, is_urgent, has_drifted)


@dataclass(frozen=True, slots=True)
class Written(Generic[Status]):
    """The status that the API server has of an object."""

    uid: str
    status: Status
    at: float
    over: str
    """The version of the object that a watch had brought."""
    version: str
    """The version that it became."""
    patience: float
    """From 0 to 1: how soon it is its turn again, where there are more than can be written."""


class StatusWriter(Generic[Status]):
    """Knows what was written last, and writes what a reader would care about."""

    def __init__(
        self,
        api: KubeApi,
        manner: Manner[Status],
        status_seconds: float,
        spread: Callable[[], float] = random.random,
    ) -> None:
        """`status_seconds` go by at least before figures that drift are written again.

        `spread` gives numbers between 0 and 1.
        """
        self._api = api
        self._manner = manner
        self._status_seconds = status_seconds
        self._spread = spread
        self._written: dict[Key, Written[Status]] = {}
        self._log = structlog.get_logger(__name__)

    def last(self, seen: Reported[Status]) -> Status | None:
        """The status written last, by this process or by the one before it."""
        written = self._written.get(seen.key)
        return written.status if written is not None and written.uid == seen.uid else seen.status

    async def write(self, seen: Reported[Status], status: Status, now: float) -> None:
        """Write `status` if it is worth it. What fails is logged, and tried again at the next tick.

        An object that has moved since it was seen is left to the next tick: another may lead by now.
        """
        if not self._is_due(seen, status, now):
            return
        key, manner = seen.key, self._manner
        body = {
            "apiVersion": API_VERSION,
            "kind": manner.kind,
            "metadata": {
                "name": key.name,
                "namespace": key.namespace,
                "uid": seen.uid,
                "resourceVersion": self._version(seen),
            },
            "status": status.model_dump(mode="json", by_alias=True, exclude_none=True),
        }
        try:
            path = resource_path(API_VERSION, manner.plural, key.namespace, key.name, "status")
            written = await self._api.apply(path, body)
        except ApiError as error:
            self._log.warning(
                "a status could not be written",
                kind=manner.kind,
                object=f"{key.namespace}/{key.name}",
                error=str(error),
            )
        else:
            version = written["metadata"]["resourceVersion"]
            self._written[key] = Written(
                seen.uid, status, now, seen.resource_version, version, self._spread()
            )

    def forget(self, key: Key) -> None:
        """The object is gone."""
        self._written.pop(key, None)

    def _version(self, seen: Reported[Status]) -> str:
        """The newest that we know: what we wrote ourselves may not have come back by the watch yet."""
        written = self._written.get(seen.key)
        own = written is not None and written.over == seen.resource_version
        return written.version if written is not None and own else seen.resource_version

    def _is_due(self, seen: Reported[Status], status: Status, now: float) -> bool:
        before = self.last(seen)
        if before is None or self._manner.is_urgent(before, status):
            return True
        written = self._written.get(seen.key)
        rested = written is None or not 0 <= now - written.at < self._rest_seconds(written)
        return rested and self._manner.has_drifted(before, status)

    def _rest_seconds(self, written: Written[Status]) -> float:
        """Longer where many share the API server, and not the same for all: else they would come at once."""
        fair = len(self._written) / DRIFTS_PER_SECOND
        return self._status_seconds + 2 * written.patience * max(0.0, fair - self._status_seconds)
