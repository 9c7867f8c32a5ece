"""Whether an operator is at work is asked of its Lease, and answered in a sentence."""

from collections.abc import AsyncIterator, Iterator
from itertools import chain, repeat
from typing import cast

import pytest

from logpipeline.check import NotAtWork, Subject, check
from logpipeline.kube import ApiError, Json, KubeApi

SUBJECT = Subject("ops", "operator", ("shop", "bank"))


class Answers:
    """An API server with two LogPipelines in each namespace, and a Lease that goes through `leases`."""

    def __init__(self, *leases: Json | ApiError, listed: ApiError | None = None) -> None:
        self._leases: Iterator[Json | ApiError] = chain(leases, repeat(leases[-1]))
        self._listed = listed
        self.asked: set[str] = set()

    async def get(self, path: str) -> Json:
        self.asked.add(path)
        answer = next(self._leases)
        if isinstance(answer, ApiError):
            raise answer
        return answer

    async def list_metadata(self, path: str) -> AsyncIterator[Json]:
        self.asked.add(path)
        if self._listed is not None:
            raise self._listed
        for name in ("one", "two"):
            yield {"name": name}


def lease(holder: str, version: str) -> Json:
    return {"metadata": {"resourceVersion": version}, "spec": {"holderIdentity": holder}}


async def asked(answers: Answers) -> str:
    return await check(cast("KubeApi", answers), SUBJECT, patience_seconds=0.6)


async def test_a_leader_is_one_whose_lease_is_seen_to_be_renewed() -> None:
    answers = Answers(lease("pod-1", "7"), lease("pod-1", "8"))
    assert await asked(answers) == "pod-1 leads, and there are 4 LogPipelines."
    assert answers.asked == {
        "/apis/logpipeline.io/v1alpha1/namespaces/shop/logpipelines",
        "/apis/logpipeline.io/v1alpha1/namespaces/bank/logpipelines",
        "/apis/coordination.k8s.io/v1/namespaces/ops/leases/operator",
    }


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (Answers(lease("pod-1", "7")), "pod-1 has stopped renewing Lease ops/operator"),
        (Answers(lease("", "7"), lease("", "8")), "was given back"),
        (Answers(ApiError(404, "NotFound", "not found")), "Lease ops/operator is not there"),
        (Answers(ApiError(403, "Forbidden", "no right")), "The Lease cannot be read: no right"),
        (Answers(lease("pod-1", "7"), listed=ApiError(404, "NotFound", "none")), "install the CRDs"),
        (Answers(lease("pod-1", "7"), listed=ApiError(403, "Forbidden", "no right")), "no right"),
    ],
)
async def test_what_is_missing_is_said_in_a_sentence(answers: Answers, says: str) -> None:
    with pytest.raises(NotAtWork, match=says):
        await asked(answers)
