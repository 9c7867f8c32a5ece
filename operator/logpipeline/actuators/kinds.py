"""Where the API server serves a kind: workloads are named by kind, requests by plural."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from logpipeline.kube import ApiError, KubeApi

_BUILT_IN: Final = {
    ("apps/v1", "Deployment"): "deployments",
    ("apps/v1", "StatefulSet"): "statefulsets",
    ("apps/v1", "ReplicaSet"): "replicasets",
}
_KEPT_SECONDS: Final = 300.0


class NotScalable(Exception):  # noqa: N818 - an answer about a kind, more than a failure
    """A kind that is not served, or that has no scale subresource, in a sentence."""


@dataclass(frozen=True, slots=True)
class _Served:
    until: float
    plurals: dict[str, str]
    """Plural by kind."""
    scalable: frozenset[str]
    """Plurals that have a scale subresource."""


class Kinds:
    """Plurals of the kinds that can be scaled, looked up once per group and kept for five minutes."""

    def __init__(self, api: KubeApi, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._monotonic = monotonic
        self._served: dict[str, _Served] = {}

    async def plural(self, api_version: str, kind: str) -> str:
        """The plural under which `kind` is served. Raises NotScalable, or ApiError."""
        if built_in := _BUILT_IN.get((api_version, kind)):
            return built_in
        served = await self._discover(api_version)
        plural = served.plurals.get(kind)
        if plural is None:
            raise NotScalable(f"{api_version} has no kind {kind}: check scaleTargetRef, or install its CRD")
        if plural not in served.scalable:
            raise NotScalable(f"{kind} of {api_version} has no scale subresource: it cannot be scaled")
        return plural

    async def _discover(self, api_version: str) -> _Served:
        known = self._served.get(api_version)
        if known is None or known.until <= self._monotonic():
            known = self._served[api_version] = await self._read(api_version)
        return known

    async def _read(self, api_version: str) -> _Served:
        until = self._monotonic() + _KEPT_SECONDS
        try:
            listed = await self._api.get(f"/{'apis' if '/' in api_version else 'api'}/{api_version}")
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return _Served(until, {}, frozenset())
        names = {resource["name"]: resource["kind"] for resource in listed.get("resources", ())}
        plurals = {kind: name for name, kind in names.items() if "/" not in name}
        scalable = frozenset(name.removesuffix("/scale") for name in names if name.endswith("/scale"))
        return _Served(until, plurals, scalable)
