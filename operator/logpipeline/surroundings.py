"""Looking around a workload when a sale asks for more of it: what would refuse its pods, what hinders them.

Read only when there is something to explain, and never for long: whoever waits for it is told what could not
be read.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from logpipeline.actuators.kinds import Kinds, NotScalable
from logpipeline.core.model import Obstacle
from logpipeline.core.sales.causes import cause_of
from logpipeline.core.sales.feasible import Place
from logpipeline.core.sales.raw import Json, part
from logpipeline.core.sales.room import Need, room_for
from logpipeline.kube import ApiError, KubeApi, resource_path
from logpipeline.world.target import Target

DEADLINE_SECONDS: Final = 3.0
"""For all that is read to explain one thing."""
KEPT_SECONDS: Final = 60.0
"""Quotas and templates change seldom."""
CAUSE_KEPT_SECONDS: Final = 10.0
"""So long a cause is told again without another look."""
_MOST: Final = 500
"""Objects of one kind that are looked at."""
_TEMPLATED: Final = {"Deployment": "deployments", "StatefulSet": "statefulsets"}
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Asked:
    """Pods that one stage is to have beside those that it has."""

    target: Target
    pods: int


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    found: Sequence[Json]


class Surroundings:
    """Reads what lies around workloads."""

    def __init__(
        self, api: KubeApi, kinds: Kinds, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._kinds = kinds
        self._monotonic = monotonic
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._told: dict[Target, tuple[float, str]] = {}
        self._log = structlog.get_logger(__name__)

    async def room(self, namespace: str, asked: Mapping[Place, Asked]) -> Mapping[Place, Obstacle]:
        """Why the namespace would refuse pods of a stage. What cannot be read refuses nothing."""
        if not any(each.pods > 0 for each in asked.values()):
            return {}
        found = await self._in_time(self._room(namespace, asked), f"the quotas of {namespace}")
        return {} if isinstance(found, str) else found

    async def cause(self, target: Target, planned: int) -> str:
        """Why fewer than `planned` replicas of `target` are ready, in a sentence or two."""
        now = self._monotonic()
        self._told = {key: told for key, told in self._told.items() if told[0] > now}
        if target not in self._told:
            told = await self._in_time(self._cause(target, planned), f"the pods of {target}")
            self._told[target] = now + CAUSE_KEPT_SECONDS, told
        return self._told[target][1]

    async def _in_time(self, look: Awaitable[_Found], what: str) -> _Found | str:
        """What is found; a sentence where it cannot be read."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await look
        except TimeoutError:
            why = f"the API server did not answer within {DEADLINE_SECONDS:g} s"
        except (ApiError, NotScalable) as error:
            why = str(error)
        self._log.warning("what hinders a sale could not be looked for", what=what, error=why)
        return f"Why is not known: {what} could not be read: {why}."

    async def _room(self, namespace: str, asked: Mapping[Place, Asked]) -> Mapping[Place, Obstacle]:
        quotas = await self._listed("v1", "resourcequotas", namespace)
        ranges = await self._listed("v1", "limitranges", namespace)
        if not quotas and not ranges:
            return {}
        needs = {
            place: Need(each.pods, await self._template(each.target))
            for place, each in asked.items()
            if each.pods > 0
        }
        return room_for(needs, quotas, ranges)

    async def _template(self, target: Target) -> Json | None:
        """The spec of its pods; None for kinds that we know nothing of."""
        plural = _TEMPLATED.get(target.kind) if target.api_version == "apps/v1" else None
        if plural is None:
            return None
        by_name = f"metadata.name={target.name}"
        found = await self._listed(target.api_version, plural, target.namespace, fieldSelector=by_name)
        return part(found[0], "spec", "template", "spec") if found else None

    async def _listed(
        self, api_version: str, plural: str, namespace: str, **selectors: str
    ) -> Sequence[Json]:
        """As it was at most a minute ago."""
        path, now = resource_path(api_version, plural, namespace), self._monotonic()
        self._kept = {key: kept for key, kept in self._kept.items() if kept.until > now}
        key = path, selectors.get("fieldSelector", "")
        if key not in self._kept:
            found = await self._api.list_some(path, _MOST, **selectors)
            self._kept[key] = _Kept(now + KEPT_SECONDS, found)
        return self._kept[key].found

    async def _cause(self, target: Target, planned: int) -> str:
        plural = await self._kinds.plural(target.api_version, target.kind)
        path = resource_path(target.api_version, plural, target.namespace, target.name, "scale")
        selector = part(await self._api.get(path), "status").get("selector")
        if not selector:
            return f"Why is not known: {target} does not say which pods are its own."
        mine = {"labelSelector": str(selector)}
        pods = await self._api.list_some(resource_path("v1", "pods", target.namespace), _MOST, **mine)
        owners = await self._api.list_some(
            resource_path("apps/v1", "replicasets", target.namespace), _MOST, **mine
        )
        return cause_of(planned, pods, owners)
