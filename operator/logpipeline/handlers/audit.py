"""Comparing what we know with what the API server lists, now and then.

A watch that has to begin anew lists what is there, and says nothing of what was deleted meanwhile: kopf
passes that on as it is. Nor does it tell when a first listing is complete, or a watch has died quietly.
This finds out all three.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from http import HTTPStatus
from typing import Final, NamedTuple, NoReturn

import structlog

from logpipeline.kube import ApiError, Json, KubeApi, resource_path
from logpipeline.world.view import Watched, World

_AT_START_SECONDS: Final = 0.5
_AFTER_ERROR_SECONDS: Final = 5.0
_ON_ITS_WAY_SECONDS: Final = 1.0
"""How long an event may take that the list was faster than."""


class NotServed(Exception):  # noqa: N818 - what is wrong is with the cluster
    """A kind that we must watch is not served: its watch was never begun, so start the operator again."""


class _Known(NamedTuple):
    """What we know of an object."""

    kind: Watched
    uid: str
    version: str | None
    """None where we have not seen it."""


class Audit:
    """Makes the world forget what was deleted unseen, and say when it is synced or a watch is silent."""

    def __init__(
        self,
        api: KubeApi,
        world: World,
        namespaces: Collection[str] = (),
        *,
        silence_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`namespaces` are those that are watched; all when empty.

        `silence_seconds` is how long it may take from a change that no watch told of until that watch is
        taken for dead.
        """
        self._api = api
        self._world = world
        self._every_seconds = 0.6 * silence_seconds
        self._patience_seconds = 0.3 * silence_seconds
        """How long the same object is found behind."""
        self._namespaces = tuple(namespaces) or ("",)
        self._monotonic = monotonic
        self._behind: dict[_Known, float] = {}
        """Since when they have been found behind."""
        self._log = structlog.get_logger(__name__)

    async def run(self) -> NoReturn:
        """Audit for ever: often until the world is synced, seldom then. Raises NotServed."""
        while True:
            try:
                await self.once()
            except ApiError as error:
                self._log.warning("the cluster could not be listed", error=str(error))
                if not self._world.synced:
                    self._world.unready = f"the cluster could not be listed: {error.message}"
                await asyncio.sleep(_AFTER_ERROR_SECONDS)
            else:
                await self._rest()

    async def _rest(self) -> None:
        """Wait for the next comparison: not long where a watch has yet to catch up."""
        if not self._world.synced:
            await asyncio.sleep(_AT_START_SECONDS)
            return
        if self._behind:
            await asyncio.sleep(_ON_ITS_WAY_SECONDS)
            self._behind = {late: since for late, since in self._behind.items() if self._is_behind(late)}
        await asyncio.sleep(self._patience_seconds if self._behind else self._every_seconds)

    def _is_behind(self, late: _Known) -> bool:
        return self._world.versions(late.kind).get(late.uid) == late.version

    async def once(self) -> None:
        """One comparison of everything that is watched. Raises ApiError, or NotServed."""
        behind: set[_Known] = set()
        for kind in Watched:
            behind |= await self._compare(kind)
        unseen = sum(known.version is None for known in behind)
        if not unseen:
            self._world.sync()
        elif not self._world.synced:
            self._world.unready = f"not all has been seen yet: {unseen} still to come"
        now = self._monotonic()
        late = behind if self._world.synced else {known for known in behind if self._is_mute(known.kind)}
        self._behind = {known: self._behind.get(known, now) for known in late}
        self._world.silent = self._silence(now)

    def _is_mute(self, kind: Watched) -> bool:
        """Whether its watch has brought nothing at all: it was not begun, if the kind was not served then."""
        return not self._world.versions(kind)

    async def _compare(self, kind: Watched) -> set[_Known]:
        """What we know of those objects that are listed otherwise."""
        known = set(self._world.versions(kind))
        listed = {metadata["uid"]: metadata async for metadata in self._list(kind)}
        for uid in known - listed.keys():
            self._log.info("forgot what was deleted unseen", kind=kind.plural, uid=uid)
            self._world.lost(kind, uid)
        versions = self._world.versions(kind)
        return {
            _Known(kind, uid, versions.get(uid))
            for uid, metadata in listed.items()
            if versions.get(uid) != metadata["resourceVersion"] and not metadata.get("deletionTimestamp")
        }

    async def _list(self, kind: Watched) -> AsyncIterator[Json]:
        for namespace in self._namespaces:
            try:
                async for metadata in self._api.list_metadata(
                    resource_path(kind.api_version, kind.plural, namespace)
                ):
                    yield metadata
            except ApiError as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    raise NotServed(f"the API server does not serve {kind}: install its CRD") from error
                raise

    def _silence(self, now: float) -> str | None:
        late = [known.uid for known, since in self._behind.items() if now - since >= self._patience_seconds]
        if not late:
            return None
        return f"nothing came from the watches for {len(late)} objects that have changed, {late[0]} for one"
