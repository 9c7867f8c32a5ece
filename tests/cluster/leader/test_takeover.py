"""The operator that leads is killed, frozen and cut off."""

from collections.abc import Mapping
from concurrent.futures import Future

from tests.cluster.leader.fights import Account
from tests.hazards import hazard

TAKEOVER_SECONDS = 20.0
WITHIN_SECONDS = 180.0

UnderWay = Mapping[str, Future[object]]


def assert_followed(account: object) -> None:
    assert isinstance(account, Account)
    assert account.took_seconds <= TAKEOVER_SECONDS
    assert account.writes_too_late == ()
    before, after, back = account.counts
    assert before < after < back, "each leader scales out, and none in"
    assert account.changes == len(set(account.told)), "each change was made once, and told once"


@hazard(
    seen="Nothing wrong; `logpipeline_leader` is 1 on the other operator within 20 s",
    done="The other takes the Lease and decides against the count that it finds: no change is repeated",
)
def test_the_operator_that_leads_is_killed(under_way: UnderWay) -> None:
    assert_followed(under_way["killed"].result(WITHIN_SECONDS))


@hazard(
    seen="Nothing wrong; `logpipeline_leader` is 1 on the other operator within 20 s",
    done="It stops by its own clock before the other begins, and stands by when it is back",
)
def test_the_operator_that_leads_loses_its_connections_to_the_api_server(under_way: UnderWay) -> None:
    assert_followed(under_way["cut"].result(WITHIN_SECONDS))


@hazard(
    seen="Nothing wrong; `logpipeline_leader` is 1 on the other operator within 20 s",
    done="Each renewal has a deadline: it stops by its own clock before the other begins",
)
def test_the_operator_that_leads_hears_nothing_from_the_api_server_any_more(under_way: UnderWay) -> None:
    assert_followed(under_way["silenced"].result(WITHIN_SECONDS))


@hazard(
    seen="Nothing wrong; `logpipeline_leader` is 1 on the other operator within 20 s",
    done="The one that wakes finds its time over before it sends anything, and stands by",
)
def test_the_operator_that_leads_is_frozen_for_a_minute(under_way: UnderWay) -> None:
    assert_followed(under_way["frozen"].result(WITHIN_SECONDS))
