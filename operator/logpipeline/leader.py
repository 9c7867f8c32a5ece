"""One leader: of all operators of one installation one holds the Lease, and the others stand by.

A leader stops by its own clock, two thirds into the term since it began the last renewal that succeeded. A
standby begins by its own clock, once it has itself seen the record unchanged for the whole term. So the
clocks of two machines are never compared, and the one has stopped before the other begins.
"""

import asyncio
import math
import platform
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, NoReturn

import structlog

from logpipeline.kube import ApiError, KubeApi, resource_path
from logpipeline.lease import API_VERSION, Lease, Term

RELEASE_WITHIN_SECONDS: Final = 1.5
_REFUSALS: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class _Sight:
    """A version of the record, and since when we have seen no other."""

    version: str | None
    since: float


class Leader:
    """Campaigns for the Lease, renews it, and knows how long we may still write."""

    def __init__(
        self,
        api: KubeApi,
        *,
        namespace: str,
        name: str,
        pod: str,
        term: Term,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`api` is ours alone, with the deadline of `term`: what hangs elsewhere delays no renewal.

        `pod` is our pod's name, empty outside of one.
        """
        self._api = api
        self._namespace, self._name, self._pod = namespace, name, pod
        self._me = f"{pod or platform.node()}_{uuid.uuid4().hex[:8]}"
        self._term = term
        self._on_change: Callable[[bool], None] = lambda _: None
        self._clock = clock
        self._monotonic = monotonic
        self._leads = False
        self._until = -math.inf
        self._expiry: asyncio.TimerHandle | None = None
        self._held: Lease | None = None
        """The record as we wrote it last; None while that is not known."""
        self._sight: _Sight | None = None
        self.refusal: str | None = None
        """Why we can never lead, in a sentence; None while nothing speaks against it."""
        self._log = structlog.get_logger(__name__).bind(lease=f"{namespace}/{name}", identity=self._me)

    def seconds_left(self) -> float:
        """How long we may still write; 0 or less where we may not."""
        return self._until - self._monotonic()

    @property
    def silent_seconds(self) -> float:
        """For how long every request about the Lease has met silence; 0 while there are answers."""
        return self._api.silent_seconds

    async def run(self, on_change: Callable[[bool], None]) -> NoReturn:
        """Campaign and renew, for ever. `on_change` is told whether we lead when that changes."""
        self._on_change = on_change
        pause = 0.0
        while True:
            await asyncio.sleep(pause)
            pause = await self._attempt()

    async def release(self) -> None:
        """Write nothing any more, and let another take over at once; to be called when `run` has ended.

        What fails is logged: the others then wait for the end of the term.
        """
        if not self._leads:
            return
        self._stop_leading("it ends")
        try:
            async with asyncio.timeout(RELEASE_WITHIN_SECONDS):
                lease = self._held or await self._read()
                if lease.holder == self._me:
                    await self._api.replace(self._path(), lease.released())
        except (ApiError, TimeoutError) as error:
            self._log.warning("the Lease could not be released", error=str(error))

    async def _attempt(self) -> float:
        """Renew, or look whether we may take over; how many seconds to wait afterwards."""
        try:
            lease = self._held or await self._read()
            self._look_at(lease)
            if self._may_take(lease):
                await self._take(lease)
        except ApiError as error:
            if error.status == HTTPStatus.CONFLICT:
                self._log.info("another wrote the Lease first")
                self._sight = _Sight("another's", self._monotonic())
            else:
                self._log.warning("the Lease could not be read or written", error=str(error))
            self.refusal = self._refusal_in(error)
            return self._term.retry_after
        self.refusal = None
        if self._leads:
            return self._term.renew_every
        return min(self._term.renew_every, max(self._wait_left(lease), 0.0))

    async def _read(self) -> Lease:
        try:
            return Lease(await self._api.get(self._path()))
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return Lease({})
            raise

    def _look_at(self, lease: Lease) -> None:
        """Remember since when the record is as it is, and step down where another has taken it."""
        if self._sight is None or self._sight.version != lease.version:
            new_here = self._sight is None and (lease.version is None or self._is_predecessor(lease.holder))
            self._sight = _Sight(lease.version, -math.inf if new_here else self._monotonic())
        if self._leads and lease.version is not None and lease.holder != self._me:
            self._stop_leading(f"{lease.holder or 'nobody'} holds the Lease")

    def _is_predecessor(self, holder: str) -> bool:
        """Whether `holder` ran in our own pod: it has ended, or we would not have been started."""
        return bool(self._pod) and holder.rpartition("_")[0] == self._pod

    def _may_take(self, lease: Lease) -> bool:
        """Whether the Lease is ours, or free, or was seen unchanged for its whole term."""
        return self._leads or lease.is_released or lease.holder == self._me or self._wait_left(lease) <= 0

    def _wait_left(self, lease: Lease) -> float:
        """How long the record must still stay as it is before we may take it.

        One that somebody deleted is waited for like any other by those who had seen it: its holder may still
        lead. A process that first looks afterwards finds none and takes over at once: both may write then for
        as long as a renewal is trusted, at most, and the resource versions they write refuse the second.
        """
        since = self._sight.since if self._sight else math.inf
        return since + max(self._term.seconds, lease.promised_seconds) - self._monotonic()

    async def _take(self, lease: Lease) -> None:
        """Write ourselves into `lease`: the server refuses where it is not as we know it."""
        self._held, began = None, self._monotonic()
        body = lease.held_by(self._me, self._term, self._clock())
        if lease.version is None:
            named = {"namespace": self._namespace, "name": self._name}
            body = {"apiVersion": API_VERSION, "kind": "Lease", "metadata": named, **body}
            collection = resource_path(API_VERSION, "leases", self._namespace)
            self._held = Lease(await self._api.create(collection, body))
        else:
            self._held = Lease(await self._api.replace(self._path(), body))
        self._look_at(self._held)
        self._lead_until(began + self._term.trusted)

    def _lead_until(self, until: float) -> None:
        left = until - self._monotonic()
        if left <= 0:
            return  # we were frozen while the answer was on its way
        self._until = until
        if self._expiry is not None:
            self._expiry.cancel()
        loop = asyncio.get_running_loop()
        self._expiry = loop.call_later(left, self._stop_leading, "it could not be renewed in time")
        if not self._leads:
            self._leads = True
            self._log.info("leads")
            self._on_change(True)  # noqa: FBT003 - told whether we lead

    def _stop_leading(self, why: str) -> None:
        self._until = -math.inf
        if self._expiry is not None:
            self._expiry.cancel()
        if self._leads:
            self._leads = False
            self._log.warning("leads no more", why=why)
            self._on_change(False)  # noqa: FBT003 - told whether we lead

    def _refusal_in(self, error: ApiError) -> str | None:
        if error.status not in _REFUSALS:
            return None
        what = f"the operator may not use its Lease {self._namespace}/{self._name}"
        return f"{what}: give its role get, create and update on leases there ({error.message})"

    def _path(self) -> str:
        return resource_path(API_VERSION, "leases", self._namespace, self._name)
