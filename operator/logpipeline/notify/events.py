"""Telling by Kubernetes Events, which `kubectl describe` shows under the pipeline they are about."""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from logpipeline.core.model import Announcement, Urgency
from logpipeline.core.timestamps import spell_time
from logpipeline.kube import ApiError, Json, KubeApi, resource_path

COMPONENT: Final = "logpipeline-operator"
"""Who reports."""

_NAME_LENGTH: Final = 253
_MESSAGE_BYTES: Final = 1_024
_CUT: Final = "…"
_LEVELS: Final = {Urgency.NORMAL: logging.INFO, Urgency.WARNING: logging.WARNING}


@dataclass(frozen=True, slots=True)
class Involved:
    """The object that an Event is about."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str


class EventRecorder:
    """Writes Events, and each as a line of the log. What cannot be written disturbs nobody."""

    def __init__(self, api: KubeApi, instance: str, clock: Callable[[], float] = time.time) -> None:
        """`instance` is the name of the pod that reports; `clock` gives Unix seconds."""
        self._api = api
        self._instance = instance
        self._clock = clock
        self._log = structlog.get_logger(__name__)

    async def announce(self, involved: Involved, announcement: Announcement) -> None:
        """Write one Event about `involved`, within the deadline of the connection. Never raises ApiError."""
        log = self._log.bind(
            namespace=involved.namespace,
            kind=involved.kind,
            name=involved.name,
            reason=announcement.reason.value,
            message=announcement.message,
        )
        log.log(_LEVELS[announcement.urgency], "announced")
        try:
            await self._api.create(
                resource_path("v1", "events", involved.namespace),
                event(involved, announcement, self._instance, self._clock()),
            )
        except ApiError as error:
            log.warning("an Event could not be written", error=str(error))


def event(involved: Involved, announcement: Announcement, instance: str, now: float) -> Json:
    """The Event that tells `announcement`, under a name of its own."""
    when = spell_time(now)
    suffix = f".{uuid.uuid4().hex}"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": involved.name[: _NAME_LENGTH - len(suffix)].rstrip(".-") + suffix,
            "namespace": involved.namespace,
        },
        "involvedObject": {
            "apiVersion": involved.api_version,
            "kind": involved.kind,
            "namespace": involved.namespace,
            "name": involved.name,
            "uid": involved.uid,
        },
        "type": announcement.urgency.value,
        "reason": announcement.reason.value,
        "message": _cut(announcement.message),
        "firstTimestamp": when,
        "lastTimestamp": when,
        "count": 1,
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "reportingInstance": instance,
    }


def _cut(message: str) -> str:
    """At most 1,024 bytes of it, which is what the newer Events API allows, and whole characters."""
    if len(message.encode()) <= _MESSAGE_BYTES:
        return message
    return message.encode()[: _MESSAGE_BYTES - len(_CUT.encode())].decode(errors="ignore") + _CUT
