"""What an operator says of its own health when the API server, or a watch, gives no sound."""

from dataclasses import dataclass

from tests.cluster.installed.waiting import eventually
from tests.cluster.leader.duel import FIRST, Duel

IMPATIENT = {"silence_seconds": 4, "lease_seconds": 6}
"""As little as makes a test short."""
ATTEMPTS = 20
"""Twice a second to renew the Lease: more than that silence lasts."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the probe of liveness said, and whether the operator led all the time."""

    said: str
    """Empty while all was well."""
    leads: bool | None


def start(duel: Duel) -> None:
    """One operator, by way of the proxy."""
    duel.start(FIRST, **IMPATIENT)
    duel.until_leads(FIRST)


def refused(duel: Duel) -> Pulse:
    """Every request is refused, for longer than silence is endured."""
    start(duel)
    operator = duel.operators[FIRST]
    duel.proxy.cut()
    failure, story = "the Lease could not be read or written", "it does not try again"
    eventually(lambda: operator.log.read_text().count(failure), lambda count: count >= ATTEMPTS, story)
    return Pulse(wrong_with(duel), operator.leads)


def half_open(duel: Duel) -> Pulse:
    """Nothing comes any more on connections that stand; new ones work. Something changes meanwhile."""
    start(duel)
    duel.proxy.silence_standing()
    duel.shop.run("annotate", "deployment/index", "changed=unseen")
    said = eventually(lambda: wrong_with(duel), bool, "it takes itself for well")
    return Pulse(said, duel.operators[FIRST].leads)


def wrong_with(duel: Duel) -> str:
    """What the probe says; empty where all is well."""
    status, text = duel.operators[FIRST].says("/healthz")
    assert status in (200, 503), "it does not answer"
    return text if status == 503 else ""
