"""What befalls the operator that leads, and what the record says of it afterwards."""

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.cluster.installed.manifests import Json
from tests.cluster.installed.waiting import eventually
from tests.cluster.leader.duel import FIRST, SECOND, Duel

FREEZE_SECONDS = 60.0
WRITES = ("create", "update", "patch", "delete", "deletecollection")
WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Account:
    """What came of a duel."""

    took_seconds: float
    """From the fault to the new leader."""
    counts: tuple[int, ...]
    """Replicas before the fault, after the takeover, and once the former leader was back."""
    changes: int
    """How often the workload's spec was changed."""
    told: tuple[str, ...]
    """What the Events say that told of them."""
    writes_too_late: tuple[str, ...]
    """What the former leader wrote successfully after the other had taken the Lease."""


def begin(duel: Duel) -> None:
    """The first leads and scales, and the second stands by."""
    duel.start(FIRST)
    duel.until_leads(FIRST)
    duel.start(SECOND)
    duel.until_stands_by(SECOND)
    eventually(lambda: duel.shop.replicas("index"), lambda count: count > 1, "the first does not scale")


def fight(
    duel: Duel, fault: Callable[[], object], recovery: Callable[[], object], lasts_seconds: float = 0.0
) -> Account:
    """The first leads and scales, until something befalls it; the second takes over; the first comes back."""
    begin(duel)
    counts = [duel.shop.replicas("index")]
    fault()
    began = time.monotonic()
    took = duel.until_leads(SECOND)
    counts.append(duel.burst(1))
    time.sleep(max(0.0, began + lasts_seconds - time.monotonic()))
    recovery()
    duel.until_stands_by(FIRST)
    counts.append(duel.burst(2))
    changes, told = eventually(
        lambda: (duel.changes(), duel.shop.events("night", "ScaledUp")),
        lambda seen: seen[0] == len(seen[1]),
        "there are not as many Events as changes",
    )
    return Account(
        took_seconds=took,
        counts=tuple(counts),
        changes=changes,
        told=tuple(event.message for event in told),
        writes_too_late=tuple(written_too_late(duel)),
    )


def written_too_late(duel: Duel) -> Iterator[str]:
    """What the first wrote after the second held the Lease: only who takes or holds it writes to it."""
    namespace = duel.shop.namespace
    done = [line for line in duel.record() if line["verb"] in WRITES and line["responseStatus"]["code"] < 300]
    second = f"system:serviceaccount:{namespace}:{SECOND}"
    of_second = (at(line) for line in done if line["user"]["username"] == second and of_lease(line))
    taken = min(of_second)
    for line in done:
        if line["user"]["username"] == f"system:serviceaccount:{namespace}:{FIRST}" and at(line) > taken:
            yield f"{line['verb']} {line['requestURI']} at {line['stageTimestamp']}"


def of_lease(line: Json) -> bool:
    """Whether a request was about a Lease."""
    return bool(line["objectRef"]["resource"] == "leases")


def at(line: Json) -> datetime:
    """When a request had been carried out."""
    return datetime.fromisoformat(line["stageTimestamp"])


def killed(duel: Duel) -> Account:
    """SIGKILL; somebody starts it again."""
    return fight(duel, lambda: duel.send(FIRST, signal.SIGKILL), lambda: duel.start(FIRST))


def frozen(duel: Duel) -> Account:
    """SIGSTOP, and SIGCONT a minute later."""
    stop, go_on = signal.SIGSTOP, signal.SIGCONT
    return fight(duel, lambda: duel.send(FIRST, stop), lambda: duel.send(FIRST, go_on), FREEZE_SECONDS)


def cut(duel: Duel) -> Account:
    """Its connections end, and it gets no new ones for a while."""
    return fight(duel, duel.proxy.cut, duel.proxy.mend)


def silenced(duel: Duel) -> Account:
    """Its connections stand, and nothing passes for a while."""
    return fight(duel, duel.proxy.silence, duel.proxy.mend)


@dataclass(frozen=True, slots=True)
class Ending:
    """How an operator ended that was told to."""

    took_seconds: float
    exit_code: int
    takeover_seconds: float
    """From the signal until the other led."""


def ended(duel: Duel) -> Ending:
    """SIGTERM, as a rollout sends it."""
    begin(duel)
    began = time.monotonic()
    duel.send(FIRST, signal.SIGTERM)
    exit_code = duel.operators[FIRST].process.wait(WITHIN_SECONDS)
    took = time.monotonic() - began
    return Ending(took, exit_code, took + duel.until_leads(SECOND))
