"""Whether a namespace admits the pods that are planned: its ResourceQuotas and LimitRanges, from JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from logpipeline.api.conditions import Reason
from logpipeline.core.model import Obstacle
from logpipeline.core.sales.feasible import Place
from logpipeline.core.sales.quantity import read_quantity, spell_quantity
from logpipeline.core.sales.raw import Json, part, parts

Amounts = Mapping[str, Decimal]
"""By the name that a quota has for it, such as `requests.cpu`."""
_COMPUTE = ("cpu", "memory", "ephemeral-storage")


@dataclass(frozen=True, slots=True)
class Need:
    """Pods that one stage is to have beside those that it has."""

    pods: int
    spec: Json | None
    """Of such a pod; None where it is not known."""


def room_for(
    needs: Mapping[Place, Need], quotas: Sequence[Json], ranges: Sequence[Json]
) -> Mapping[Place, Obstacle]:
    """Why the namespace would refuse pods of a stage: by all stages together, as they share its quotas."""
    wanting = {place: need for place, need in needs.items() if need.pods > 0}
    found: dict[Place, list[str]] = {}
    for place, need in wanting.items():
        for sentence in _beyond_ranges(need.spec or {}, ranges):
            found.setdefault(place, []).append(sentence)
    each = {place: _amounts(need.spec, ranges) for place, need in wanting.items()}
    for quota in filter(_counts_all, quotas):
        for place, sentence in _beyond(quota, wanting, each):
            found.setdefault(place, []).append(sentence)
    return {
        place: Obstacle(Reason.QUOTA_TOO_SMALL, ". ".join(sentences)) for place, sentences in found.items()
    }


def _beyond(
    quota: Json, wanting: Mapping[Place, Need], each: Mapping[Place, Amounts]
) -> Iterator[tuple[Place, str]]:
    """What a quota lacks for all of it, told with the stage that needs most of it."""
    name, status = quota["metadata"]["name"], part(quota, "status")
    hard, used = part(status, "hard") or part(quota, "spec", "hard"), part(status, "used")
    for resource, bound in hard.items():
        limit, taken = read_quantity(bound), read_quantity(used.get(resource, "0")) or Decimal(0)
        for place in wanting:
            if _is_demanded(resource) and wanting[place].spec is not None and resource not in each[place]:
                yield place, f"ResourceQuota {name} refuses pods whose containers set no {resource}: set it"
        shares = {place: need.pods * each[place].get(resource, Decimal(0)) for place, need in wanting.items()}
        total = taken + sum(shares.values())
        if limit is None or total <= limit or not any(shares.values()):
            continue
        most = max(shares, key=lambda place: shares[place])
        stand = f"ResourceQuota {name} allows {resource} {bound}, {spell_quantity(resource, taken)} are taken"
        yield most, f"{stand}: {spell_quantity(resource, total)} would do"


def _beyond_ranges(pod: Json, ranges: Sequence[Json]) -> Iterator[str]:
    """What a LimitRange refuses of such a pod."""
    totals = _summed(pod, {}, {})
    for one in ranges:
        for item in parts(part(one, "spec"), "limits"):
            defaults = part(item, "default"), part(item, "defaultRequest")
            for resource, bound in part(item, "max").items():
                most = read_quantity(bound)
                if item.get("type") == "Pod":
                    asked = {"the pod": totals.get(f"limits.{resource}")}
                elif item.get("type") == "Container":
                    asked = {
                        f"container {container.get('name')}": _one(container, resource, *defaults)[1]
                        for container in parts(pod, "containers")
                    }
                else:
                    continue
                for what, limit in asked.items():
                    if most is not None and limit is not None and limit > most:
                        stand = f"LimitRange {one['metadata']['name']} allows {resource} {bound}"
                        yield f"{stand}, and {what} has {spell_quantity(resource, limit)}: as much would do"


def _amounts(pod: Json | None, ranges: Sequence[Json]) -> Amounts:
    """What one pod takes of each quota."""
    if pod is None:
        return {"pods": Decimal(1), "count/pods": Decimal(1)}
    limits: dict[str, object] = {}
    requests: dict[str, object] = {}
    for one in ranges:
        for item in parts(part(one, "spec"), "limits"):
            if item.get("type") == "Container":
                limits |= part(item, "default")
                requests |= part(item, "defaultRequest")
    summed = _summed(pod, limits, requests)
    plain = {name: summed[f"requests.{name}"] for name in _COMPUTE if f"requests.{name}" in summed}
    return {"pods": Decimal(1), "count/pods": Decimal(1), **plain, **summed}


def _summed(pod: Json, limits: Json, requests: Json) -> dict[str, Decimal]:
    """Requests and limits of all containers; a resource that some container leaves open is not there."""
    beside = [one for one in parts(pod, "initContainers") if one.get("restartPolicy") == "Always"]
    before = [one for one in parts(pod, "initContainers") if one.get("restartPolicy") != "Always"]
    lasting = [*parts(pod, "containers"), *beside]
    summed = {}
    for resource in _COMPUTE:
        for place, name in enumerate(("requests", "limits")):
            amounts = [_one(one, resource, limits, requests)[place] for one in lasting]
            first = [_one(one, resource, limits, requests)[place] or Decimal(0) for one in before]
            known = [amount for amount in amounts if amount is not None]
            if known and len(known) == len(amounts):
                summed[f"{name}.{resource}"] = max(sum(known, Decimal(0)), *first, Decimal(0))
    return summed


def _one(
    container: Json, resource: str, limits: Json, requests: Json
) -> tuple[Decimal | None, Decimal | None]:
    """What a container requests and is limited to, as admission fills it in."""
    own = part(container, "resources")
    limit = read_quantity(part(own, "limits").get(resource, limits.get(resource, "")))
    asked = part(own, "requests").get(resource, part(own, "limits").get(resource, requests.get(resource)))
    return read_quantity("" if asked is None else asked) if asked is not None else limit, limit


def _is_demanded(resource: str) -> bool:
    """A quota on it refuses pods that leave it open."""
    bare = resource.removeprefix("requests.").removeprefix("limits.")
    return bare in ("cpu", "memory")


def _counts_all(quota: Json) -> bool:
    """Whether it is about all pods that last; one with a scope is about some, and which is not known."""
    spec = part(quota, "spec")
    return not spec.get("scopeSelector") and set(spec.get("scopes") or ()) <= {"NotTerminating"}
