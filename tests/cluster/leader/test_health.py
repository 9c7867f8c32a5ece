"""Liveness tells silence from refusal, and an operator that is told to end does so in order."""

from collections.abc import Mapping
from concurrent.futures import Future

from tests.cluster.leader.fights import Ending
from tests.cluster.leader.pulses import Pulse
from tests.hazards import hazard

WITHIN_SECONDS = 180.0

UnderWay = Mapping[str, Future[object]]


@hazard(
    seen="Nothing new; `/healthz` stays well, since a new pod would be refused, too",
    done="It stops leading when its time is over, and goes on by itself when the API server is back",
)
def test_the_api_server_refuses_every_connection(under_way: UnderWay) -> None:
    pulse = under_way["refused"].result(WITHIN_SECONDS)
    assert pulse == Pulse(said="", leads=False)


@hazard(
    seen="Nothing wrong; `/healthz` fails within 90 s of a change that no watch told of",
    done="Kubernetes starts it again. Until then it leads: renewals have a connection of their own",
)
def test_the_watches_are_half_open(under_way: UnderWay) -> None:
    pulse = under_way["half-open"].result(WITHIN_SECONDS)
    assert isinstance(pulse, Pulse)
    assert pulse.said.startswith("nothing came from the watches for ")
    assert pulse.leads


@hazard(
    seen="Nothing wrong; `logpipeline_leader` is 1 on the other operator within 3 s",
    done="What is under way is ended whole, the Lease is given back, and the process ends with 0 within 5 s",
)
def test_the_operator_that_leads_is_told_to_end(under_way: UnderWay) -> None:
    ending = under_way["ended"].result(WITHIN_SECONDS)
    assert isinstance(ending, Ending)
    assert ending.exit_code == 0
    assert ending.took_seconds <= 5
    assert ending.takeover_seconds <= ending.took_seconds + 3
