"""Asking from outside whether an operator is at work: what `helm test` runs."""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, NamedTuple

from logpipeline.api.logpipeline import API_VERSION, PLURAL
from logpipeline.kube import ApiError, KubeApi, resource_path
from logpipeline.lease import API_VERSION as LEASE_VERSION
from logpipeline.lease import Lease

PATIENCE_SECONDS: Final = 30.0
"""As long as it takes one operator to see that another has died, and to take over."""
_LOOK_EVERY_SECONDS: Final = 0.5


class NotAtWork(Exception):  # noqa: N818 - an answer, more than a failure
    """No operator is at work, in a sentence: what is missing, and what to do."""


class Subject(NamedTuple):
    """What is asked about."""

    lease_namespace: str
    lease_name: str
    namespaces: tuple[str, ...]
    """Where LogPipelines are looked for; everywhere when empty."""


async def check(
    api: KubeApi,
    subject: Subject,
    patience_seconds: float = PATIENCE_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
) -> str:
    """Who leads and how much there is to govern. Raises NotAtWork.

    No clock is compared with another's: a leader is one whose Lease is seen to be renewed.
    """
    count = await _count(api, subject)
    leader = await _leader(api, subject, monotonic() + patience_seconds, monotonic)
    return f"{leader} leads, and there are {count} LogPipelines."


async def _count(api: KubeApi, subject: Subject) -> int:
    found = 0
    for namespace in subject.namespaces or ("",):
        try:
            async for _ in api.list_metadata(resource_path(API_VERSION, PLURAL, namespace)):
                found += 1
        except ApiError as error:
            what = "LogPipelines cannot be listed"
            hint = ": install the CRDs" if error.status == HTTPStatus.NOT_FOUND else ""
            raise NotAtWork(f"{what}{hint} ({error.message})") from error
    return found


async def _leader(api: KubeApi, subject: Subject, give_up: float, monotonic: Callable[[], float]) -> str:
    """The operator whose Lease was renewed while we looked."""
    before = await _record(api, subject)
    while True:
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        now = await _record(api, subject)
        if now.holder and now.version != before.version:
            return now.holder
        if monotonic() >= give_up:
            raise NotAtWork(
                f"No operator leads: {_why(subject, now)}. See whether its pods run, and their logs."
            )
        before = now


async def _record(api: KubeApi, subject: Subject) -> Lease:
    path = resource_path(LEASE_VERSION, "leases", subject.lease_namespace, subject.lease_name)
    try:
        return Lease(await api.get(path))
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return Lease({})
        raise NotAtWork(f"The Lease cannot be read: {error.message}") from error


def _why(subject: Subject, seen: Lease) -> str:
    lease = f"Lease {subject.lease_namespace}/{subject.lease_name}"
    if seen.version is None:
        return f"{lease} is not there"
    if seen.is_released:
        return f"{lease} was given back, and nobody took it"
    return f"{seen.holder} has stopped renewing {lease}, and nobody took over"
