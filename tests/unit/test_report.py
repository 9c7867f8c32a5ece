"""When a status is written, and when it is not."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any, cast

from structlog.testing import capture_logs

from logpipeline.api.status import LogPipelineStatus, StageStatus
from logpipeline.kube import ApiError, KubeApi
from logpipeline.report import DRIFTS_PER_SECOND, PIPELINES, StatusWriter
from logpipeline.world.objects import PipelineKey, PipelineObject
from tests.unit.cluster_objects import KEY, world
from tests.unit.core.given import NOW


class Api:
    """Stands in for the API server."""

    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []
        self.fails = False

    async def apply(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.fails:
            raise ApiError(503, "Unavailable", "try later")
        name = body["metadata"]["name"]
        assert path == f"/apis/logpipeline.io/v1alpha1/namespaces/shop/logpipelines/{name}/status"
        self.written.append(body)
        return {"metadata": {"resourceVersion": f"{len(self.written)} written"}}

    def versions(self) -> list[str]:
        """Of the object as it had to be for each write."""
        return [body["metadata"]["resourceVersion"] for body in self.written]


def pipeline(status: LogPipelineStatus | None = None) -> PipelineObject:
    found = world().pipeline(KEY)
    assert found is not None
    return replace(found, status=status)


def status(backlog: int | None = 1000, generation: int = 1) -> LogPipelineStatus:
    stage = StageStatus(name="index", backlog_records=backlog)
    return LogPipelineStatus(observed_generation=generation, stages=(stage,))


def writer() -> tuple[StatusWriter[LogPipelineStatus], Api]:
    api = Api()
    return StatusWriter(cast("KubeApi", api), PIPELINES, status_seconds=30), api


async def test_the_first_status_is_written_with_what_is_known_and_no_more() -> None:
    statuses, api = writer()
    await statuses.write(pipeline(), status(backlog=None), NOW)
    assert api.written == [
        {
            "apiVersion": "logpipeline.io/v1alpha1",
            "kind": "LogPipeline",
            "metadata": {
                "name": "access-logs",
                "namespace": "shop",
                "uid": "uid-of-access-logs",
                "resourceVersion": "1",
            },
            "status": {
                "observedGeneration": 1,
                "stages": [{"name": "index"}],
                "alerts": [],
                "conditions": [],
            },
        }
    ]


async def test_nothing_is_written_for_nothing() -> None:
    statuses, api = writer()
    for later in (0, 5, 60, 600):
        await statuses.write(pipeline(), status(), NOW + later)
    assert len(api.written) == 1


async def test_what_people_act_on_is_written_at_once() -> None:
    statuses, api = writer()
    await statuses.write(pipeline(), status(), NOW)
    await statuses.write(pipeline(), status(generation=2), NOW + 5)
    assert len(api.written) == 2


async def test_figures_that_drift_are_written_seldom() -> None:
    statuses, api = writer()
    for later in range(0, 61, 5):
        await statuses.write(pipeline(), status(1000 + 100 * later), NOW + later)
    assert len(api.written) == 3


async def test_figures_are_written_in_time_after_the_clock_was_set_back() -> None:
    statuses, api = writer()
    for at in (NOW, NOW - 3600, NOW - 3570):
        await statuses.write(pipeline(), status(int(at)), at)
        await statuses.write(pipeline(), status(int(2 * at)), at)
    assert len(api.written) == 3


async def test_a_new_process_goes_on_from_what_is_there() -> None:
    statuses, api = writer()
    found = pipeline(status())
    assert statuses.last(found) == status()
    await statuses.write(found, status(), NOW)
    assert api.written == []


async def test_a_write_that_failed_is_tried_again_and_disturbs_nobody() -> None:
    statuses, api = writer()
    api.fails = True
    with capture_logs() as logs:
        await statuses.write(pipeline(), status(), NOW)
    assert [entry["log_level"] for entry in logs] == ["warning"]
    api.fails = False
    await statuses.write(pipeline(), status(), NOW + 5)
    assert len(api.written) == 1


async def test_a_pipeline_made_anew_under_the_same_name_has_no_past() -> None:
    statuses, api = writer()
    await statuses.write(pipeline(), status(), NOW)
    anew = replace(pipeline(), uid="uid-2")
    assert statuses.last(anew) is None
    await statuses.write(anew, status(), NOW + 5)
    assert [body["metadata"]["uid"] for body in api.written] == ["uid-of-access-logs", "uid-2"]


async def test_what_is_forgotten_is_read_from_the_object_again() -> None:
    statuses, _ = writer()
    await statuses.write(pipeline(), status(), NOW)
    statuses.forget(KEY)
    assert statuses.last(pipeline()) is None


async def test_a_status_is_written_over_the_version_that_was_decided_upon_or_over_our_own() -> None:
    """So a former leader, and one who has not seen the latest spec, overwrites nothing."""
    statuses, api = writer()
    for generation in (1, 2):
        await statuses.write(pipeline(), status(generation=generation), NOW)
    seen_again = replace(pipeline(), resource_version="7")
    await statuses.write(seen_again, status(generation=3), NOW)
    assert api.versions() == ["1", "1 written", "7"]


async def test_where_many_drift_each_waits_longer_and_not_all_as_long() -> None:
    """A write costs the API server far more than it costs us."""
    api, dice = Api(), random.Random(7)  # noqa: S311 - no secret
    statuses = StatusWriter(cast("KubeApi", api), PIPELINES, status_seconds=30, spread=dice.random)
    found = [replace(pipeline(), key=PipelineKey("shop", f"pipeline-{number}")) for number in range(500)]
    begun = 0
    for seconds in range(0, 1200, 5):
        for one in found:
            await statuses.write(one, status(1000 + 100 * seconds), NOW + seconds)
        if seconds == 600:
            begun = len(api.written)
    assert (len(api.written) - begun) / 600 < 1.2 * DRIFTS_PER_SECOND
    written = Counter(body["metadata"]["name"] for body in api.written)
    assert min(written.values()) >= 4, "everybody's turn comes"
