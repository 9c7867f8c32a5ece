"""Replica counts are claimed and written, and never over somebody else's change."""

from collections import deque

import pytest

from logpipeline.actuators.advise import AdviseActuator
from logpipeline.actuators.kinds import Kinds
from logpipeline.actuators.scale import ScaleActuator
from logpipeline.api.conditions import Reason
from logpipeline.core.decision import StageDecision, Verdict
from logpipeline.core.model import Obstacle, Workload
from logpipeline.core.outcome import Advised, Done, Overtaken, Refused
from logpipeline.kube import ApiError, Json, KubeApi
from logpipeline.world.target import Target

TARGET = Target("shop", "apps/v1", "Deployment", "log-indexer")


def decision(verdict: Verdict, replicas: int | None, observed: int = 2) -> StageDecision:
    return StageDecision(
        verdict=verdict,
        replicas=replicas,
        uncapped=None,
        usable=None,
        line="2→8: to drain 100,000 records within 5m",
        rules=(),
        scaling=Obstacle(Reason.SCALING, "scales"),
        scaling_active=True,
        measures=None,
        missing=None,
        observed=observed,
    )


def failure(status: int, reason: str, message: str = "no") -> ApiError:
    return ApiError(status, reason, message)


class Scale(KubeApi):
    """The scale of one workload, which others may change just before a write of ours."""

    def __init__(
        self, replicas: int, meanwhile: tuple[int, ...] = (), broken: ApiError | None = None
    ) -> None:
        self.replicas = replicas
        self.version = 100
        self.meanwhile = deque(meanwhile)
        self.broken = broken
        self.written: list[Json] = []

    async def get(self, path: str) -> Json:
        assert path == "/apis/apps/v1/namespaces/shop/deployments/log-indexer/scale"
        if self.broken:
            raise self.broken
        metadata = {
            "uid": "1",
            "name": "log-indexer",
            "namespace": "shop",
            "resourceVersion": str(self.version),
        }
        spec = {"replicas": self.replicas} if self.replicas else {}
        return {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": metadata, "spec": spec}

    async def apply(self, path: str, body: Json, *, field_manager: str = "us", force: bool = True) -> Json:
        assert force, f"{field_manager} must take {path} over"
        if self.meanwhile:
            self.replicas = self.meanwhile.popleft()
            self.version += 1
        if body["metadata"]["resourceVersion"] != str(self.version):
            raise failure(409, "Conflict")
        self.replicas = body["spec"]["replicas"]
        self.written.append(body)
        return body


def actuator(api: KubeApi) -> ScaleActuator:
    return ScaleActuator(api, Kinds(api))


async def test_a_scale_writes_the_count_that_was_decided() -> None:
    api = Scale(replicas=2)
    assert await actuator(api).act(TARGET, decision(Verdict.SCALE, 8)) == Done(2, 8)
    assert api.replicas == 8


async def test_a_claim_writes_the_count_that_is_there_and_not_the_one_that_is_wanted() -> None:
    api = Scale(replicas=2)
    assert await actuator(api).act(TARGET, decision(Verdict.CLAIM, 8)) == Done(2, 2)
    assert [body["spec"]["replicas"] for body in api.written] == [2]


async def test_a_claim_of_a_sleeping_workload_does_not_wake_it() -> None:
    api = Scale(replicas=0)
    assert await actuator(api).act(TARGET, decision(Verdict.CLAIM, 1)) == Done(0, 0)


async def test_a_workload_whose_status_moved_meanwhile_is_scaled_all_the_same() -> None:
    api = Scale(replicas=2, meanwhile=(2, 2, 2))
    assert await actuator(api).act(TARGET, decision(Verdict.SCALE, 8)) == Done(2, 8)


async def test_a_count_that_somebody_else_wrote_meanwhile_is_not_overwritten_unseen() -> None:
    api = Scale(replicas=2, meanwhile=(5,))
    outcome = await actuator(api).act(TARGET, decision(Verdict.SCALE, 8))
    assert outcome == Overtaken()
    assert api.replicas == 5
    assert not api.written


async def test_a_count_that_is_not_the_one_that_was_decided_on_is_left_to_the_next_decision() -> None:
    api = Scale(replicas=5)
    assert await actuator(api).act(TARGET, decision(Verdict.SCALE, 8, observed=2)) == Overtaken()
    assert not api.written


async def test_a_workload_that_never_rests_is_given_up_until_the_next_tick() -> None:
    api = Scale(replicas=2, meanwhile=(2,) * 100)
    outcome = await actuator(api).act(TARGET, decision(Verdict.SCALE, 8))
    assert isinstance(outcome, Refused)
    assert outcome.why.reason is Reason.SCALE_REFUSED
    assert 90 < len(api.meanwhile) < 100
    assert not api.written


@pytest.mark.parametrize(
    ("error", "reason", "sentence"),
    [
        (failure(404, "NotFound"), Reason.TARGET_MISSING, "Deployment shop/log-indexer is not there"),
        (failure(403, "Forbidden", "User may not"), Reason.SCALE_REFUSED, "get and patch on the scale sub"),
        (failure(422, "Invalid", "quota is used up"), Reason.SCALE_REFUSED, "quota is used up"),
        (failure(0, "Timeout", "did not answer"), Reason.SCALE_REFUSED, "did not answer"),
    ],
)
async def test_a_refusal_says_what_to_do(error: ApiError, reason: Reason, sentence: str) -> None:
    acting = actuator(Scale(replicas=2, broken=error))
    outcome = await acting.act(TARGET, decision(Verdict.SCALE, 8))
    observed = await acting.observe(TARGET)
    assert isinstance(outcome, Refused)
    assert outcome.why.reason is reason
    assert sentence in outcome.why.message
    assert observed == outcome.why


async def test_a_workload_that_is_not_watched_is_read_without_guessing_what_is_ready() -> None:
    assert await actuator(Scale(replicas=0)).observe(TARGET) == Workload(uid="1", replicas=0, ready=None)


async def test_advice_says_what_would_be_done_and_why() -> None:
    outcome = await AdviseActuator().act(TARGET, decision(Verdict.SCALE, 8))
    assert isinstance(outcome, Advised)
    assert "Deployment shop/log-indexer to 8 replicas" in outcome.message
    assert "100,000 records" in outcome.message


async def test_advice_on_a_claim_does_not_speak_of_another_count() -> None:
    outcome = await AdviseActuator().act(TARGET, decision(Verdict.CLAIM, 8))
    assert isinstance(outcome, Advised)
    assert "8" not in outcome.message
