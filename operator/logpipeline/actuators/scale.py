"""Acting on the scale subresource: claim the replica count, then set it.

The count is written by server-side apply under our own field manager, by force, also where it stays the
same: otherwise the next `helm upgrade` of a chart that dropped `replicas` resets the workload to 1.
"""

from http import HTTPStatus
from typing import Final

from logpipeline.actuators.kinds import Kinds, NotScalable
from logpipeline.api.conditions import Reason
from logpipeline.core.decision import StageDecision, Verdict
from logpipeline.core.model import Obstacle, Workload
from logpipeline.core.outcome import Done, Outcome, Overtaken, Refused
from logpipeline.kube import ApiError, Json, KubeApi, resource_path
from logpipeline.world.target import Target

_ATTEMPTS: Final = 5
"""Controllers write to a workload several times a second while its pods start."""


class ScaleActuator:
    """Writes replica counts."""

    def __init__(self, api: KubeApi, kinds: Kinds) -> None:
        self._api = api
        self._kinds = kinds

    async def act(self, target: Target, decision: StageDecision) -> Outcome:
        """Write the count that `decision` asks for, or the one that is there for a claim.

        A workload that moved between reading and writing is read again while its count is still the one
        that was decided on; a count that somebody else changed meanwhile is left to the next decision.
        """
        claims = decision.verdict is Verdict.CLAIM
        try:
            path = await self._path(target)
            for _ in range(_ATTEMPTS):
                scale = await self._api.get(path)
                read = _replicas(scale)
                if not claims and read != decision.observed:
                    return Overtaken()
                to = read if claims or decision.replicas is None else decision.replicas
                if await self._write(path, scale, to):
                    return Done(read, to)
        except (NotScalable, ApiError) as error:
            return Refused(_obstacle(target, error))
        message = f"{target} changes faster than its scale can be written: tried again at the next tick"
        return Refused(Obstacle(Reason.SCALE_REFUSED, message))

    async def observe(self, target: Target) -> Workload | Obstacle:
        """The workload as its scale subresource shows it: for the kinds that are not watched."""
        try:
            scale = await self._api.get(await self._path(target))
        except (NotScalable, ApiError) as error:
            return _obstacle(target, error)
        return Workload(uid=scale["metadata"]["uid"], replicas=_replicas(scale), ready=None)

    async def _path(self, target: Target) -> str:
        plural = await self._kinds.plural(target.api_version, target.kind)
        return resource_path(target.api_version, plural, target.namespace, target.name, "scale")

    async def _write(self, path: str, scale: Json, replicas: int) -> bool:
        """Whether the count was written; False where the workload has moved since `scale` was read."""
        seen = scale["metadata"]
        body = {
            "apiVersion": scale["apiVersion"],
            "kind": scale["kind"],
            "metadata": {
                "name": seen["name"],
                "namespace": seen["namespace"],
                "resourceVersion": seen["resourceVersion"],
            },
            "spec": {"replicas": replicas},
        }
        try:
            await self._api.apply(path, body)
        except ApiError as error:
            if error.status == HTTPStatus.CONFLICT:
                return False
            raise
        return True


def _replicas(scale: Json) -> int:
    """Replicas asked for. The API server leaves a zero out."""
    return int((scale.get("spec") or {}).get("replicas") or 0)


def _obstacle(target: Target, error: NotScalable | ApiError) -> Obstacle:
    if isinstance(error, NotScalable):
        return Obstacle(Reason.TARGET_NOT_SCALABLE, str(error))
    if error.status == HTTPStatus.NOT_FOUND:
        message = f"{target} is not there: create it, or correct scaleTargetRef"
        return Obstacle(Reason.TARGET_MISSING, message)
    if error.status == HTTPStatus.FORBIDDEN:
        message = f"the operator may not scale {target}: give its role get and patch on the scale subresource"
        return Obstacle(Reason.SCALE_REFUSED, f"{message} ({error.message})")
    return Obstacle(Reason.SCALE_REFUSED, f"{target} could not be scaled: {error.message}")
