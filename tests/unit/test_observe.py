"""What is known of a pipeline when a decision is due, and what speaks against scaling it."""

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.core.model import Obstacle, Workload
from logpipeline.core.observation import Observation
from logpipeline.core.occurrence import Upcoming, Usual
from logpipeline.core.timestamps import spell_time
from logpipeline.diary import Diary
from logpipeline.observe import Observer, governing
from logpipeline.sources.base import query_of
from logpipeline.store import Store
from logpipeline.world.objects import PipelineKey
from logpipeline.world.target import Target
from logpipeline.world.view import Watched, World
from tests.unit.cluster_objects import KEY, autoscaler, deployment, pipeline, stage, world
from tests.unit.core.given import NOW, sample
from tests.unit.sales import sale

OTHER = PipelineKey("shop", "other")


class Scales:
    """Stands in for the scale subresource of kinds that are not watched."""

    def __init__(self, answer: Workload | Obstacle) -> None:
        self.answer = answer
        self.asked: list[Target] = []

    async def observe(self, target: Target) -> Workload | Obstacle:
        self.asked.append(target)
        return self.answer


ROLLOUT = Workload("uid-r", 3, None)
USUAL = Usual(500.0, "mean of the last 24 h")


async def observed(
    seen: World, key: PipelineKey = KEY, *, measured: bool = True, scales: Scales | None = None
) -> Observation | None:
    found, store = seen.pipeline(key), Store(window_seconds=900)
    assert found is not None
    assert isinstance(found.spec, LogPipelineSpec)
    spec = found.spec
    for each in spec.stages if measured else spec.stages[1:]:
        store.append(query_of(each.source, KEY.namespace), sample(NOW, [10], [5]))
    observer = Observer(seen, store, scales or Scales(ROLLOUT), Diary(seen), lambda *_: USUAL)
    return await observer.observe(found, spec, NOW)


async def only(seen: World, key: PipelineKey = KEY) -> Obstacle | None:
    observation = await observed(seen, key)
    assert observation is not None
    return observation.stages["index"].obstacle


async def test_windows_and_workloads_are_put_together() -> None:
    observation = await observed(world())
    assert observation is not None
    index = observation.stages["index"]
    assert index.window.newest is not None
    assert index.workload is not None
    assert (index.workload.replicas, index.workload.ready, index.obstacle) == (2, 2, None)


async def test_nothing_is_decided_before_every_stage_was_measured_once() -> None:
    both = world(pipeline(stage(), stage("store", "log-store")))
    assert await observed(both, measured=False) is None


async def test_a_workload_that_is_not_there_is_none() -> None:
    observation = await observed(world(deployments=()))
    assert observation is not None
    assert observation.stages["index"].workload is None


async def test_a_kind_that_is_not_watched_is_read() -> None:
    rollout = stage(ref={"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"})
    scales = Scales(ROLLOUT)
    observation = await observed(world(pipeline(rollout)), scales=scales)
    assert observation is not None
    assert observation.stages["index"].workload == ROLLOUT
    assert scales.asked == [Target("shop", "argoproj.io/v1alpha1", "Rollout", "log-indexer")]


async def test_a_kind_that_cannot_be_scaled_is_an_obstacle() -> None:
    why = Obstacle(Reason.TARGET_NOT_SCALABLE, "DaemonSet has no scale")
    daemons = stage(ref={"kind": "DaemonSet"})
    observation = await observed(world(pipeline(daemons)), scales=Scales(why))
    assert observation is not None
    assert observation.stages["index"].workload is None
    assert observation.stages["index"].obstacle == why


async def test_an_autoscaler_on_the_target_is_left_alone_and_named() -> None:
    obstacle = await only(world(autoscalers=(autoscaler(),)))
    assert obstacle is not None
    assert obstacle.reason is Reason.TARGET_HAS_AUTOSCALER
    assert "hpa" in obstacle.message
    assert await only(world(autoscalers=(autoscaler("something-else"),))) is None


@pytest.mark.parametrize("mode", ["Advise", "Paused"])
async def test_touching_nothing_beside_an_autoscaler_is_healthy(mode: str) -> None:
    assert await only(world(pipeline(stage(mode=mode)), autoscalers=(autoscaler(),))) is None


OLDER = pipeline(creationTimestamp="2026-11-10T00:00:00Z")
NEWER = pipeline(name="other", creationTimestamp="2026-11-11T00:00:00Z")


async def test_of_two_pipelines_the_older_governs_and_the_newer_is_told() -> None:
    both = world(NEWER, OLDER)
    assert await only(both) is None
    refused = await only(both, OTHER)
    assert refused is not None
    assert refused.reason is Reason.TARGET_SHARED
    assert "shop/access-logs" in refused.message


async def test_the_newer_governs_when_the_older_is_gone() -> None:
    both = world(OLDER, NEWER)
    assert await only(both, OTHER) is not None
    both.lost(Watched.PIPELINES, OLDER["metadata"]["uid"])
    assert await only(both, OTHER) is None


@pytest.mark.parametrize(("mode", "governor"), [("Advise", OTHER), ("Paused", KEY)])
def test_who_only_advises_governs_nothing_and_who_pauses_does(mode: str, governor: PipelineKey) -> None:
    older = pipeline(stage(mode=mode), creationTimestamp="2026-11-10T00:00:00Z")
    target = Target("shop", "apps/v1", "Deployment", "log-indexer")
    assert governing(world(older, NEWER).pipelines())[target] == governor


def test_of_two_of_the_same_age_the_first_name_governs() -> None:
    twins = (pipeline(name="b"), pipeline(name="a"))
    assert set(governing(world(*twins).pipelines()).values()) == {PipelineKey("shop", "a")}


def test_a_spec_that_cannot_be_read_governs_nothing() -> None:
    assert governing(world({**OLDER, "spec": {}}).pipelines()) == {}


async def test_the_same_name_in_another_namespace_is_another_workload() -> None:
    elsewhere = pipeline(name="other", namespace="mall", creationTimestamp="2026-11-01T00:00:00Z")
    assert await only(world(elsewhere, pipeline(), deployments=(deployment(),))) is None


async def test_events_that_concern_it_now_are_seen_with_what_is_usual_and_the_next_one_too() -> None:
    seen = world()
    soon, later = (spell_time(NOW + after).rstrip("Z") for after in (600, 86_400))
    for name, at, expected in (
        ("now", soon, {"multiplier": 40}),
        ("in-replicas", soon, {"replicas": {"index": 8}}),
        ("tomorrow", later, {"multiplier": 40}),
    ):
        seen.saw(Watched.SALES, sale(name, pipelineSelector={}, schedule={"at": at}, expected=expected))
    observation = await observed(seen)
    assert observation is not None
    assert [each.name for each in observation.sales] == ["in-replicas", "now"]
    assert dict(observation.usual) == {"now": USUAL}, "for those alone that multiply it"
    assert observation.next_sale == Upcoming("in-replicas", NOW + 600)
