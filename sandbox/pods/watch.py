"""The pods of one node, followed for as long as the runner lives.

A list, then a watch from its resource version; whatever ends the watch (expired version,
a restart of the API server, a silent connection) leads to a new list. Who listens gets the
whole list as one `Listed` and can drop what is not in it, so no event can be missed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sandbox.pods.api import UNREACHABLE, ApiError, KubernetesApi, Query
from sandbox.pods.objects import Json

logger = logging.getLogger(__name__)

WATCH_SECONDS = 300
SILENCE_SECONDS = 90.0
"""Bookmarks come about once a minute; a connection quieter than this is dead."""
RETRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Listed:
    """Every pod of the node as of now; pods not among them are gone."""

    pods: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One pod was bound to the node or changed."""

    pod: Json


@dataclass(frozen=True, slots=True)
class Deleted:
    """One pod is gone from the API server, whoever removed it."""

    pod: Json


PodEvent = Listed | Changed | Deleted


async def follow_pods(api: KubernetesApi, node: str) -> AsyncIterator[PodEvent]:
    """Events of the node's pods, without end; an API server that is away is waited for."""
    selector = f"spec.nodeName={node}"
    while True:
        try:
            listed = await api.get("/api/v1/pods", {"fieldSelector": selector})
            yield Listed(tuple(listed["items"]))
            async for event in _watch_from(api, selector, listed["metadata"]["resourceVersion"]):
                yield event
        except (ApiError, *UNREACHABLE) as error:
            logger.info("listing the pods of %s again: %s", node, error or type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)


async def _watch_from(api: KubernetesApi, selector: str, version: str) -> AsyncIterator[PodEvent]:
    """Watch after watch, for as long as the server accepts the version where the last one ended."""
    while True:
        query: Query = {
            "fieldSelector": selector,
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": WATCH_SECONDS,
        }
        seen = version
        async for event in api.watch("/api/v1/pods", query, SILENCE_SECONDS):
            pod = event["object"]
            match event["type"]:
                case "ADDED" | "MODIFIED":
                    yield Changed(pod)
                case "DELETED":
                    yield Deleted(pod)
                case "ERROR":
                    raise ApiError(int(pod.get("code", 500)), str(pod.get("message")))
            version = pod["metadata"]["resourceVersion"]
        if version == seen:
            # A server that accepts and ends watches at once (shutting down) is not asked in a loop.
            await asyncio.sleep(RETRY_SECONDS)
