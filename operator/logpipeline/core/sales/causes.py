"""Why replicas are missing, as their pods and the owner of these tell it: JSON -> one sentence."""

from collections import Counter
from collections.abc import Iterator, Sequence

from logpipeline.core.sales.raw import Json, part, parts

_MOST_TOLD = 3
_LONGEST = 240
"""Of a message of Kubernetes: a scheduler names each kind of node, a registry each layer."""


def cause_of(planned: int, pods: Sequence[Json], owners: Sequence[Json]) -> str:
    """One sentence or two on why fewer than `planned` replicas are proven ready.

    `pods` are those of the workload, and `owners` its ReplicaSets, whose conditions say why no pod could be
    made. What is hindered comes before what only takes its time, and what hinders many before the rest.
    """
    alive = [pod for pod in pods if not part(pod, "metadata").get("deletionTimestamp")]
    refused = list(dict.fromkeys(_refusals(owners)))
    told = [f"no more pods can be made: {_cut(why)}" for why in refused[:1]]
    hindered = Counter(filter(None, map(_hindrance, alive)))
    told += [f"{_pods(count)}: {why}" for why, count in hindered.most_common(_MOST_TOLD)]
    slow = sum(not _is_ready(pod) and _hindrance(pod) is None for pod in alive)
    absent = 0 if refused else planned - len(alive)
    told += [f"{_pods(slow)} started and not ready yet"] if slow else []
    told += [f"{_pods(absent)} not made yet"] if absent > 0 else []
    if not told:
        return "All pods are ready, and their consumers have yet to be dealt partitions."
    sentence = "; ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _refusals(owners: Sequence[Json]) -> Iterator[str]:
    """What the API server answered when pods were to be made: an exceeded quota, an admission webhook."""
    for owner in owners:
        for condition in parts(part(owner, "status"), "conditions"):
            if condition.get("type") == "ReplicaFailure" and condition.get("status") == "True":
                yield str(condition.get("message") or condition.get("reason") or "no reason was given")


def _hindrance(pod: Json) -> str | None:
    """What keeps a pod from becoming ready by itself."""
    status = part(pod, "status")
    for condition in parts(status, "conditions"):
        if condition.get("reason") == "Unschedulable":
            return _with("Unschedulable", condition.get("message"))
    statuses = (*parts(status, "initContainerStatuses"), *parts(status, "containerStatuses"))
    for container in statuses:
        waiting = part(container, "state", "waiting")
        reason = waiting.get("reason")
        if reason == "CrashLoopBackOff":
            return _with(reason, _last_end(container))
        if reason and reason not in ("ContainerCreating", "PodInitializing"):
            return _with(str(reason), waiting.get("message"))
    if status.get("phase") == "Failed":
        return _with(str(status.get("reason") or "Failed"), status.get("message"))
    return None


def _last_end(container: Json) -> str:
    ended = part(container, "lastState", "terminated")
    code = ended.get("exitCode")
    return "" if code is None else f"{ended.get('reason') or 'ended'}, exit code {code}"


def _is_ready(pod: Json) -> bool:
    conditions = parts(part(pod, "status"), "conditions")
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _with(reason: str, message: object) -> str:
    return f"{reason} ({_cut(str(message))})" if message else reason


def _cut(message: str) -> str:
    words = " ".join(message.split()).rstrip(".")
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _pods(count: int) -> str:
    return "1 pod" if count == 1 else f"{count} pods"
