"""The status of every event is kept by whoever leads: what is changed first, and each for itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from structlog.testing import capture_logs

from logpipeline.api.conditions import Reason
from logpipeline.assess import Assessor
from logpipeline.core.decide import decide
from logpipeline.core.memory import Memory
from logpipeline.core.model import Announcement, Obstacle
from logpipeline.core.timestamps import spell_time
from logpipeline.diary import Diary
from logpipeline.kube import ApiError, KubeApi
from logpipeline.notify.events import EventRecorder, Involved
from logpipeline.report import StatusWriter
from logpipeline.sales import FAR_SECONDS, NEAR_SECONDS, SALES, SaleReporter
from logpipeline.surroundings import Asked, Surroundings
from logpipeline.telemetry import Judged, Telemetry
from logpipeline.world.objects import SaleKey
from logpipeline.world.target import Target
from logpipeline.world.view import Watched, World
from tests.unit import virtual_time
from tests.unit.cluster_objects import KEY, pipeline
from tests.unit.core.given import NOW
from tests.unit.core.sales.given import governed
from tests.unit.sales import sale

EVENT = SaleKey("shop", "double-eleven")
REPLICAS = {"replicas": {"index": 4}}


def at(after: float) -> dict[str, str]:
    """A schedule so many seconds from now on."""
    return {"at": spell_time(NOW + after).rstrip("Z")}


class Around:
    """The API server, the pods, and the clock: all that a reporter speaks to."""

    def __init__(self, *sales: dict[str, Any]) -> None:
        self.world = World()
        self.world.saw(Watched.PIPELINES, pipeline(labels={"tier": "storefront"}))
        for each in sales:
            self.world.saw(Watched.SALES, each)
        self.judged: Judged | None = None
        self.statuses: list[tuple[str, dict[str, Any]]] = []
        self.told: list[tuple[str, Announcement]] = []
        self.looked: list[Target] = []
        self.refused: Obstacle | None = None
        self.fails = False
        self.pending = False
        self.began = virtual_time.now()

    def now(self) -> float:
        return NOW + virtual_time.now() - self.began

    async def apply(self, _: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.fails:
            raise ApiError(409, "Conflict", "the object has been modified")
        self.statuses.append((body["metadata"]["name"], body["status"]))
        return {"metadata": {"resourceVersion": str(len(self.statuses))}}

    async def announce(self, involved: Involved, announcement: Announcement) -> None:
        self.told.append((involved.name, announcement))

    async def room(self, _: str, asked: dict[Any, Asked]) -> dict[Any, Obstacle]:
        return {} if self.refused is None else dict.fromkeys(asked, self.refused)

    async def cause(self, target: Target, _: int) -> str:
        self.looked.append(target)
        return "4 pods: Unschedulable."

    def decided(self, *, under_way: bool = False) -> None:
        """The pipeline was decided upon; while an event of four replicas is under way, where it is."""
        found = governed()
        if under_way:
            dated = Diary(self.world).near(self.world.pipelines()[0], self.now()).sales
            sight = replace(found.observation, sales=dated)
            found = replace(
                found, observation=sight, decision=decide(found.spec, sight, Memory(), self.now())
            )
        self.judged = Judged(found.observation, found.decision)

    def reasons(self) -> list[Reason]:
        return [announcement.reason for _, announcement in self.told]

    def condition(self, kind: str) -> str:
        conditions = self.statuses[-1][1]["conditions"]
        reason: str = next(each["reason"] for each in conditions if each["type"] == kind)
        return reason


@asynccontextmanager
async def reporting(around: Around, *, leads: bool = True) -> AsyncIterator[SaleReporter]:
    """A reporter at work; its spec of the pipeline is that of the decisions."""
    fake, telemetry = cast("Any", around), Telemetry("test")
    reporter = SaleReporter(
        around.world,
        Diary(around.world),
        assessor=Assessor(
            around.world,
            lambda _: around.judged,
            cast("Surroundings", fake),
            pending=lambda _: around.pending,
        ),
        events=cast("EventRecorder", fake),
        statuses=StatusWriter(cast("KubeApi", fake), SALES, status_seconds=30),
        telemetry=telemetry,
        clock=around.now,
        monotonic=virtual_time.now,
    )
    if leads:
        reporter.lead()
    task = asyncio.create_task(reporter.run())
    yield reporter
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def play(story: Callable[[], Any]) -> None:
    virtual_time.play(story)


def test_an_event_is_judged_when_it_is_applied_and_then_seldom() -> None:
    async def story() -> None:
        around = Around(sale(schedule=at(86_400), expected=REPLICAS))
        around.decided()
        async with reporting(around):
            await asyncio.sleep(1)
            assert around.condition("Feasible") == "Fits"
            assert around.statuses[-1][1]["phase"] == "Scheduled"
            assert around.reasons() == [Reason.FITS]
            await asyncio.sleep(10 * FAR_SECONDS)
        assert len(around.statuses) == 1, "nothing is written for nothing"

    play(story)


def test_who_does_not_lead_says_nothing() -> None:
    async def story() -> None:
        around = Around(sale(schedule=at(86_400), expected=REPLICAS))
        around.decided()
        async with reporting(around, leads=False) as reporter:
            reporter.changed(EVENT)
            await asyncio.sleep(FAR_SECONDS)
            assert around.statuses == []
            reporter.lead()
            await asyncio.sleep(1)
            assert len(around.statuses) == 1
            reporter.stand_by()
            around.world.saw(Watched.SALES, sale(suspend=True, metadata={"generation": 2}))
            reporter.changed(EVENT)
            await asyncio.sleep(FAR_SECONDS)
        assert len(around.statuses) == 1

    play(story)


def test_what_a_namespace_refuses_and_what_selects_nothing_is_a_warning() -> None:
    async def story() -> None:
        labels = {"pipelineSelector": {"matchLabels": {"tier": "back"}}}
        around = Around(
            sale(schedule=at(86_400), expected=REPLICAS), sale("nobody", schedule=at(86_400), **labels)
        )
        around.decided()
        around.refused = Obstacle(Reason.QUOTA_TOO_SMALL, "ResourceQuota pods allows pods 3: 4 would do")
        async with reporting(around):
            await asyncio.sleep(1)
        assert {(name, each.reason) for name, each in around.told} == {
            ("double-eleven", Reason.QUOTA_TOO_SMALL),
            ("nobody", Reason.NOTHING_SELECTED),
        }

    play(story)


def test_under_way_it_is_followed_closely_and_pods_are_looked_at_only_when_they_are_missed() -> None:
    async def story() -> None:
        around = Around(sale(schedule=at(1_200), expected=REPLICAS))
        around.decided(under_way=True)
        async with reporting(around):
            await asyncio.sleep(1)
            assert around.statuses[-1][1]["phase"] == "Warming"
            assert around.looked == [], "there is time left"
            await asyncio.sleep(600 + 2 * NEAR_SECONDS)
            assert around.condition("PrewarmReady") == "PrewarmNotReady"
            assert {target.name for target in around.looked} == {"log-indexer"}
            assert around.statuses[-1][1]["stages"][0]["why"] == "4 pods: Unschedulable."
            await asyncio.sleep(600)
            assert around.statuses[-1][1]["phase"] == "Active"
        assert around.reasons() == [Reason.FITS, Reason.PREWARM_NOT_READY, Reason.STARTED]

    play(story)


def test_a_new_leader_repeats_nothing_and_unsays_nothing_before_it_knows_better() -> None:
    async def story() -> None:
        around = Around(sale(schedule=at(86_400), expected=REPLICAS))
        around.decided()
        async with reporting(around):
            await asyncio.sleep(1)
        (_, status), around.judged, around.told = around.statuses[-1], None, []
        around.world.saw(Watched.SALES, sale(schedule=at(86_400), expected=REPLICAS, status=status))
        async with reporting(around):
            await asyncio.sleep(5)
            assert len(around.statuses) == 1, "its pipelines have not been measured again yet"
            around.decided()
            await asyncio.sleep(FAR_SECONDS)
        assert len(around.statuses) == 1
        assert around.told == []

    play(story)


def test_what_could_not_be_written_is_tried_again_and_told_once() -> None:
    async def story() -> None:
        around = Around(sale(schedule=at(86_400), expected=REPLICAS))
        around.decided()
        around.fails = True
        async with reporting(around):
            with capture_logs():
                await asyncio.sleep(1)
            around.fails = False
            await asyncio.sleep(2 * NEAR_SECONDS)
        assert len(around.statuses) == 1
        assert around.reasons() == [Reason.FITS]

    play(story)


def test_a_pipeline_that_comes_later_is_noticed() -> None:
    async def story() -> None:
        around = Around(sale(schedule=at(86_400), expected=REPLICAS))
        gone = around.world.pipelines()[0].uid
        around.world.lost(Watched.PIPELINES, gone)
        around.decided()
        async with reporting(around) as reporter:
            await asyncio.sleep(1)
            assert around.condition("Feasible") == "NothingSelected"
            around.world.saw(Watched.PIPELINES, pipeline(labels={"tier": "storefront"}))
            reporter.surrounded(KEY.namespace)
            await asyncio.sleep(1)
            assert around.condition("Feasible") == "Fits"

    play(story)


def test_nobody_is_warned_of_an_unknown_base_while_the_brokers_are_still_asked_for_it() -> None:
    async def story() -> None:
        around = Around(sale(schedule=at(86_400), expected={"multiplier": 40}))
        around.decided()
        around.pending = True
        async with reporting(around):
            await asyncio.sleep(5 * NEAR_SECONDS)
            assert around.condition("Feasible") == "NotYetMeasured"
            assert around.told == []
            around.pending = False
            await asyncio.sleep(2 * NEAR_SECONDS)
            assert around.condition("Feasible") == "BaselineUnknown"
            assert around.reasons() == [Reason.BASELINE_UNKNOWN]

    play(story)


def test_an_event_that_cannot_be_read_or_breaks_costs_only_itself() -> None:
    async def story() -> None:
        around = Around(sale("a-bad", spec={"schedule": 3}), sale(schedule=at(86_400), expected=REPLICAS))
        around.decided()
        async with reporting(around):
            await asyncio.sleep(1)
            phases = {name: status["phase"] for name, status in around.statuses}
        assert phases == {"a-bad": "Invalid", "double-eleven": "Scheduled"}

    play(story)


def test_a_deleted_event_leaves_nothing_behind() -> None:
    async def story() -> None:
        around = Around(sale(schedule=at(86_400), expected=REPLICAS))
        around.decided()
        async with reporting(around) as reporter:
            await asyncio.sleep(1)
            around.world.lost(Watched.SALES, "uid-of-double-eleven")
            reporter.changed(EVENT)
            await asyncio.sleep(FAR_SECONDS)
        assert len(around.statuses) == 1

    play(story)


def test_what_somebody_changes_comes_before_five_hundred_others() -> None:
    async def story() -> None:
        crowd = [sale(f"sale-{number}", schedule=at(86_400), expected=REPLICAS) for number in range(500)]
        around = Around(*crowd)
        around.decided()
        async with reporting(around) as reporter:
            await asyncio.sleep(300)
            assert len({name for name, _ in around.statuses}) == 500
            around.statuses.clear()
            reporter.surrounded("shop")
            around.world.saw(Watched.SALES, sale("sale-250", suspend=True, metadata={"generation": 2}))
            reporter.changed(SaleKey("shop", "sale-250"))
            await asyncio.sleep(0.5)
        assert [name for name, _ in around.statuses] == ["sale-250"]

    play(story)
