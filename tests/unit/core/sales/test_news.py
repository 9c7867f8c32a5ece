"""What is told once, and what is worth a write."""

from logpipeline.api.conditions import Reason
from logpipeline.api.sale_status import SalesEventStatus
from logpipeline.core.model import Announcement, Obstacle
from logpipeline.core.sales.news import has_drifted, is_urgent, sale_news
from logpipeline.core.sales.share import Share
from logpipeline.core.sales.status import Known, sale_status
from tests.unit.core.floors.given import MINUTE, TIMES
from tests.unit.core.sales.given import event, known, part, share

SHORT = share(index=part(64, 40))
WHOLE = share(index=part(64, 64))
BOUND = share(index=part(16, 16, bound="needs 64, maxReplicas is 16: 64 would do"))


def status(
    now: float, *shares: Share, before: SalesEventStatus | None = None, generation: int = 1
) -> SalesEventStatus:
    return sale_status(event(), known(*shares), before, generation, now)


def told(*moments: tuple[float, Share]) -> list[tuple[str, Reason]]:
    """What is announced as one status follows the other."""
    before, found = None, []
    for now, shared in moments:
        after = status(now, shared, before=before)
        found += [(each.urgency.value, each.reason) for each in sale_news(before, after)]
        before = after
    return found


def test_an_event_that_goes_well_is_told_at_each_step_and_once() -> None:
    moments = (
        TIMES.warming - 600,
        TIMES.warming - 300,
        TIMES.warming,
        TIMES.start,
        TIMES.end,
        TIMES.end + 60,
    )
    shares = (SHORT, SHORT, WHOLE, WHOLE, WHOLE, WHOLE)
    assert told(*zip(moments, shares, strict=True)) == [
        ("Normal", Reason.FITS),
        ("Normal", Reason.PREWARMED),
        ("Normal", Reason.STARTED),
        ("Normal", Reason.OVER),
    ]


def test_not_ready_in_time_is_a_warning_and_so_is_what_does_not_fit() -> None:
    moments = (
        (TIMES.warming - 60, BOUND),
        (TIMES.ready, SHORT),
        (TIMES.ready + 60, SHORT),
        (TIMES.start, WHOLE),
    )
    assert told(*moments) == [
        ("Warning", Reason.DOES_NOT_FIT),
        ("Normal", Reason.FITS),
        ("Warning", Reason.PREWARM_NOT_READY),
        ("Normal", Reason.PREWARMED),
        ("Normal", Reason.STARTED),
    ]


def test_its_end_is_told_by_whoever_comes_late_for_it() -> None:
    active = status(TIMES.start, WHOLE)
    found = known(WHOLE, trouble=Obstacle(Reason.NEVER_AGAIN, "All its times are past."))
    done = sale_status(event(), found, active, 1, TIMES.over)
    assert [each.reason for each in announced(active, done)] == [Reason.OVER]
    assert announced(done, sale_status(event(), found, done, 1, TIMES.over + 60)) == []


def announced(before: SalesEventStatus | None, after: SalesEventStatus) -> list[Announcement]:
    return list(sale_news(before, after))


def test_who_corrects_it_in_vain_is_warned_again() -> None:
    first = status(TIMES.warming - 600, BOUND)
    again = status(TIMES.warming - 500, BOUND, before=first, generation=2)
    assert [each.reason for each in announced(first, again)] == [Reason.DOES_NOT_FIT]


def test_a_suspended_event_disturbs_nobody() -> None:
    found = Known(TIMES, Obstacle(Reason.SUSPENDED, "suspend is true: it is left out."))
    assert announced(None, sale_status(event(), found, None, 1, TIMES.warming)) == []


def test_an_event_that_nothing_could_be_done_for_is_a_warning() -> None:
    found = Known(TIMES, Obstacle(Reason.NEVER_AGAIN, "All its times are past."))
    (only,) = announced(None, sale_status(event(), found, None, 1, TIMES.over))
    assert (only.urgency.value, only.reason) == ("Warning", Reason.MISSED)


def test_each_time_of_a_recurring_event_is_told_anew() -> None:
    first = status(TIMES.start, WHOLE)
    week = 7 * 86_400
    later = known(WHOLE, times=type(TIMES)(*(getattr(TIMES, name) + week for name in TIMES.__slots__[:5])))
    after = sale_status(event(), later, first, 1, TIMES.start + week)
    assert {each.reason for each in announced(first, after)} == {Reason.STARTED, Reason.PREWARMED}


def test_counts_of_an_event_under_way_are_urgent_and_of_one_far_ahead_they_can_wait() -> None:
    for now, urgent in ((TIMES.warming - 600, False), (TIMES.warming, True)):
        before = status(now, share(index=part(64, 0)))
        after = status(now, share(index=part(65, 0)), before=before)
        assert is_urgent(before, after) is urgent
        assert has_drifted(before, after)


def test_what_is_new_is_urgent_and_what_stays_is_nothing() -> None:
    first = status(TIMES.warming, SHORT)
    assert is_urgent(None, first)
    second = status(TIMES.warming, SHORT, before=first)
    assert not is_urgent(first, second)
    assert not has_drifted(first, second)


def test_the_time_that_is_left_goes_on_in_what_is_said() -> None:
    first = status(TIMES.ready, SHORT)
    assert has_drifted(first, status(TIMES.ready + MINUTE, SHORT, before=first))


def test_a_rate_that_trembles_is_nothing() -> None:
    def at(rate: float) -> SalesEventStatus:
        return status(TIMES.warming - 600, share(index=part(64, 0, per_second=rate)))

    assert not has_drifted(at(40_000), at(41_000))
    assert has_drifted(at(40_000), at(50_000))
