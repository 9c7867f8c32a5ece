"""Kinds that the operator was not built for are looked up, and refused with a sentence."""

import pytest

from logpipeline.actuators.kinds import Kinds, NotScalable
from logpipeline.kube import ApiError, Json, KubeApi

ROLLOUTS = [
    {"name": "rollouts", "kind": "Rollout"},
    {"name": "rollouts/status", "kind": "Rollout"},
    {"name": "rollouts/scale", "kind": "Scale"},
    {"name": "analysisruns", "kind": "AnalysisRun"},
]


class Discovery(KubeApi):
    """The lists of resources that an API server serves, by group and version."""

    def __init__(self, **groups: list[dict[str, str]]) -> None:
        self.groups = groups
        self.asked: list[str] = []

    async def get(self, path: str) -> Json:
        self.asked.append(path)
        group = path.split("/")[2]
        if group == "broken":
            raise ApiError(0, "Timeout", "did not answer")
        if group not in self.groups:
            raise ApiError(404, "NotFound", "the server could not find the requested resource")
        return {"resources": self.groups[group]}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "ReplicaSet"])
async def test_ordinary_workloads_cost_no_request(kind: str) -> None:
    api = Discovery()
    assert await Kinds(api).plural("apps/v1", kind) == f"{kind.lower()}s"
    assert not api.asked


async def test_a_custom_kind_with_a_scale_is_found_and_remembered() -> None:
    api = Discovery(rollouts=ROLLOUTS)
    kinds = Kinds(api)
    for _ in range(3):
        assert await kinds.plural("rollouts/v1", "Rollout") == "rollouts"
    assert api.asked == ["/apis/rollouts/v1"]


@pytest.mark.parametrize(
    ("api_version", "kind", "sentence"),
    [
        ("rollouts/v1", "Rolout", "rollouts/v1 has no kind Rolout"),
        ("rollouts/v1", "AnalysisRun", "AnalysisRun of rollouts/v1 has no scale subresource"),
        ("absent/v1", "Rollout", "absent/v1 has no kind Rollout"),
        ("rollouts/v1", "Scale", "has no kind Scale"),
    ],
)
async def test_what_cannot_be_scaled_is_named(api_version: str, kind: str, sentence: str) -> None:
    with pytest.raises(NotScalable, match=sentence):
        await Kinds(Discovery(rollouts=ROLLOUTS)).plural(api_version, kind)


async def test_an_api_server_that_is_away_does_not_make_a_kind_unscalable() -> None:
    with pytest.raises(ApiError):
        await Kinds(Discovery()).plural("broken/v1", "Rollout")


async def test_a_crd_that_is_installed_later_is_found_after_a_while() -> None:
    now, api = [0.0], Discovery()
    kinds = Kinds(api, monotonic=lambda: now[0])
    with pytest.raises(NotScalable):
        await kinds.plural("rollouts/v1", "Rollout")
    api.groups["rollouts"] = ROLLOUTS
    now[0] = 3_600.0
    assert await kinds.plural("rollouts/v1", "Rollout") == "rollouts"
