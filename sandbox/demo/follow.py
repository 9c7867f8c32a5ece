"""Objects of the API server as they are and as they become: a list, then a watch."""

import asyncio
from collections.abc import AsyncIterator

from sandbox.pods.api import UNREACHABLE, ApiError, KubernetesApi
from sandbox.pods.objects import Json

SILENCE_SECONDS = 90.0
RETRY_SECONDS = 0.5


async def follow(api: KubernetesApi, path: str, field_selector: str = "") -> AsyncIterator[Json]:
    """Every object below `path`, and again whenever it changes, without end.

    What ends the watch leads to a new list, so an object may come twice; deletions are not told.
    """
    select = {"fieldSelector": field_selector} if field_selector else {}
    while True:
        try:
            listed = await api.get(path, select)
            for item in sorted(listed["items"], key=_revision):
                yield item
            query = {
                **select,
                "resourceVersion": listed["metadata"]["resourceVersion"],
                "allowWatchBookmarks": "true",
            }
            async for event in api.watch(path, query, SILENCE_SECONDS):
                if event["type"] in {"ADDED", "MODIFIED"}:
                    yield event["object"]
                elif event["type"] == "ERROR":
                    break
        except (ApiError, *UNREACHABLE):
            await asyncio.sleep(RETRY_SECONDS)


def _revision(item: Json) -> int:
    """The order of writes; a list comes in the order of names."""
    return int(item["metadata"]["resourceVersion"])
