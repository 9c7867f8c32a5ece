"""Who leads, on a virtual clock: at no moment two, soon another, and never one who cannot know."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from logpipeline.kube import ApiError, Json, KubeApi
from logpipeline.leader import Leader
from logpipeline.lease import Term
from tests.unit.virtual_time import now, play

TERM = Term(12)
TAKEOVER_SECONDS = 20.0


@dataclass
class Server:
    """The one Lease, as the API server keeps it."""

    lease: Json | None = None
    version: int = 0
    writers: list[str] = field(default_factory=list)

    def put(self, body: Json) -> Json:
        seen = body["metadata"].get("resourceVersion")
        if seen != (self.lease and self.lease["metadata"]["resourceVersion"]):
            raise ApiError(409, "Conflict", "the object has been modified")
        self.version += 1
        self.lease = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}}
        self.writers.append(self.holder)
        return self.lease

    @property
    def holder(self) -> str:
        return str(self.lease["spec"]["holderIdentity"]) if self.lease else ""


class Api(KubeApi):
    """One operator's way to the API server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.takes_seconds = 0.01
        self.answers_are_lost = False
        self.broken: ApiError | None = None

    async def get(self, path: str) -> Json:
        assert path == "/apis/coordination.k8s.io/v1/namespaces/ops/leases/logpipeline"
        await self._travel()
        if self.server.lease is None:
            raise ApiError(404, "NotFound", "there is no such Lease")
        return self.server.lease

    async def create(self, path: str, body: Json) -> Json:
        assert path == "/apis/coordination.k8s.io/v1/namespaces/ops/leases"
        return await self.replace("", body)

    async def replace(self, _: str, body: Json) -> Json:
        await self._travel()
        written = self.server.put(body)
        if self.answers_are_lost:
            raise ApiError(0, "Timeout", "no answer")
        return written

    async def _travel(self) -> None:
        """To the server, or until the deadline."""
        await asyncio.sleep(min(self.takes_seconds, TERM.deadline))
        if self.takes_seconds > TERM.deadline:
            raise ApiError(0, "Timeout", "no answer")
        if self.broken:
            raise self.broken


class Operator:
    """One operator that campaigns; what it is told of leading, and when."""

    def __init__(self, server: Server, pod: str, behind: float = 0.0) -> None:
        self.api = Api(server)
        self.told: list[bool] = []
        self.leader = Leader(
            self.api,
            namespace="ops",
            name="logpipeline",
            pod=pod,
            term=TERM,
            clock=lambda: now() - behind,
            monotonic=now,
        )
        self.task = asyncio.create_task(self.leader.run(self.told.append))

    @property
    def may_write(self) -> bool:
        return self.leader.seconds_left() > 0

    async def end(self) -> None:
        """As SIGKILL does: nothing is said."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        self.leader._stop_leading("the test ends")  # noqa: SLF001 - the dead may not write


async def until_leads(one: Operator, other: Operator | None = None) -> float:
    """Seconds until it leads; never both."""
    began = now()
    while not one.may_write:
        assert now() - began < 60, "it does not take over"
        await asyncio.sleep(0.05)
        assert not (one.may_write and other is not None and other.may_write), "two lead"
    return now() - began


@contextmanager
def pair() -> Iterator[tuple[Server, Operator, Operator]]:
    """A server and two operators, who are ended with the story."""
    server = Server()
    yield server, Operator(server, "a"), Operator(server, "b", behind=3_600)


async def both(story: Any) -> None:  # noqa: ANN401 - a story of three
    with pair() as (server, one, other):
        await until_leads(one, other)
        await story(server, one, other)
        await one.end()
        await other.end()


def test_of_two_that_start_together_one_leads_and_it_goes_on_leading() -> None:
    async def story(_: Server, one: Operator, other: Operator) -> None:
        for _ in range(600):
            await asyncio.sleep(1)
            assert one.may_write
            assert not other.may_write
        assert (one.told, other.told) == ([True], [])

    play(lambda: both(story))


def test_a_leader_that_is_killed_is_followed_though_the_clocks_are_an_hour_apart() -> None:
    async def story(server: Server, one: Operator, other: Operator) -> None:
        await one.end()
        took = await until_leads(other)
        assert TERM.seconds <= took < TAKEOVER_SECONDS
        assert server.holder.startswith("b_")

    play(lambda: both(story))


def test_a_leader_that_is_cut_off_stops_well_before_the_other_begins() -> None:
    async def story(_: Server, one: Operator, other: Operator) -> None:
        one.api.takes_seconds = 3_600
        began = now()
        while one.may_write:  # noqa: ASYNC110 - the story has no event for it
            await asyncio.sleep(0.05)
        stopped = now() - began
        assert one.told == [True, False]
        assert await until_leads(other, one) + stopped < TAKEOVER_SECONDS
        assert now() - began - stopped >= TERM.seconds - TERM.trusted - 1
        one.api.takes_seconds = 0.01
        await asyncio.sleep(30)
        assert not one.may_write, "the one that comes back stands by"

    play(lambda: both(story))


def test_a_leader_that_wakes_after_a_freeze_may_not_write_a_thing() -> None:
    """Nothing of it runs while it is frozen; the fence asks the clock, and no timer that had to fire."""

    async def story(_: Server, one: Operator, other: Operator) -> None:
        one.task.cancel()  # as good as frozen: nothing of it runs
        one.leader._expiry.cancel()  # type: ignore[union-attr] # noqa: SLF001
        await asyncio.sleep(60)
        assert other.may_write
        assert not one.may_write
        assert one.told == [True], "it does not know yet"
        one.task = asyncio.create_task(one.leader.run(one.told.append))
        await asyncio.sleep(5)
        assert one.told == [True, False]
        assert other.may_write

    play(lambda: both(story))


def test_an_answer_from_before_a_freeze_makes_nobody_lead() -> None:
    async def story(server: Server, one: Operator, other: Operator) -> None:
        await other.end()
        one.leader._stop_leading("it was frozen")  # noqa: SLF001
        one.leader._lead_until(now() - 1)  # noqa: SLF001 - the answer comes a second too late
        await asyncio.sleep(0.5)
        assert not one.may_write
        assert one.told == [True, False]
        assert server.holder.startswith("a_")

    play(lambda: both(story))


@pytest.mark.parametrize("status", [409, 429, 500])
def test_any_failure_counts_and_one_of_them_does_no_harm(status: int) -> None:
    async def story(_: Server, one: Operator, other: Operator) -> None:
        one.api.broken = ApiError(status, "Bad", "a bad moment")
        await asyncio.sleep(4)
        one.api.broken = None
        await asyncio.sleep(30)
        assert one.told == [True]
        one.api.broken = ApiError(status, "Bad", "a bad day")
        await asyncio.sleep(TERM.trusted + 0.1)
        assert not one.may_write
        await until_leads(other, one)

    play(lambda: both(story))


def test_a_renewal_whose_answer_is_lost_is_found_to_be_our_own() -> None:
    async def story(_: Server, one: Operator, other: Operator) -> None:
        one.api.answers_are_lost = True
        await asyncio.sleep(3)
        one.api.answers_are_lost = False
        await asyncio.sleep(30)
        assert (one.told, other.told) == ([True], [])

    play(lambda: both(story))


def test_a_lease_that_is_given_back_is_taken_at_once() -> None:
    async def story(server: Server, one: Operator, other: Operator) -> None:
        one.task.cancel()
        await one.leader.release()
        assert not one.may_write
        assert server.holder == ""
        assert await until_leads(other) <= TERM.renew_every + 1

    play(lambda: both(story))


def test_an_end_while_the_api_server_is_frozen_is_not_held_up() -> None:
    async def story(_: Server, one: Operator, __: Operator) -> None:
        one.api.takes_seconds = 3_600
        one.task.cancel()
        began = now()
        await one.leader.release()
        assert now() - began <= 2

    play(lambda: both(story))


def test_a_standby_that_ends_leaves_the_lease_alone() -> None:
    async def story(server: Server, one: Operator, other: Operator) -> None:
        other.task.cancel()
        await other.leader.release()
        assert server.holder.startswith("a_")
        assert one.may_write

    play(lambda: both(story))


def test_a_lease_that_somebody_deletes_is_made_again_by_the_one_who_leads() -> None:
    async def story(server: Server, one: Operator, other: Operator) -> None:
        server.lease = None
        await asyncio.sleep(10)
        assert (one.told, other.told) == ([True], [])
        assert server.holder.startswith("a_")
        one.api.takes_seconds = 3_600
        server.lease = None
        await until_leads(other, one)

    play(lambda: both(story))


def test_a_lease_that_somebody_edits_ends_the_term_of_its_holder() -> None:
    async def story(server: Server, one: Operator, other: Operator) -> None:
        assert server.lease is not None
        server.put({**server.lease, "spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 30}})
        await asyncio.sleep(5)
        assert one.told == [True, False]
        assert await until_leads(other, one) >= 20, "it is believed how long it promised to hold"

    play(lambda: both(story))


@pytest.mark.parametrize(("pod", "least", "most"), [("a", 0, 1), ("", 12, 20), ("c", 12, 20)])
def test_a_container_that_is_started_again_in_its_pod_does_not_wait_for_itself(
    pod: str, least: float, most: float
) -> None:
    async def story() -> None:
        server = Server()
        first = Operator(server, "a")
        await until_leads(first)
        await first.end()
        second = Operator(server, pod)
        assert least <= await until_leads(second) <= most
        await second.end()

    play(story)


def test_an_operator_without_the_right_says_which_one_it_lacks_until_it_has_it() -> None:
    async def story() -> None:
        one = Operator(Server(), "a")
        one.api.broken = ApiError(403, "Forbidden", "leases is forbidden")
        await asyncio.sleep(1)
        assert one.leader.refusal is not None
        assert "ops/logpipeline: give its role get, create and update on leases" in one.leader.refusal
        one.api.broken = None
        await until_leads(one)
        assert one.leader.refusal is None
        await one.end()

    play(story)


def test_the_record_says_who_since_when_and_how_often_it_changed_hands() -> None:
    async def story(server: Server, one: Operator, other: Operator) -> None:
        await asyncio.sleep(30)
        assert server.lease is not None
        spec = server.lease["spec"]
        assert spec["leaseDurationSeconds"] == TERM.seconds
        assert spec["acquireTime"] < spec["renewTime"]
        assert spec["leaseTransitions"] == 0
        await one.end()
        await until_leads(other)
        assert server.lease["spec"]["leaseTransitions"] == 1

    play(lambda: both(story))
