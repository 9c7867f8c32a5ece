"""Records that are lost are counted once, however they come and go."""

from logpipeline.api.conditions import Reason
from logpipeline.core.losses import doubting_losses, loss_news, recalled_loss, watch_losses
from logpipeline.core.memory import StageMemory
from tests.unit.core.given import NOW, measures, memory


def watched(known: StageMemory, *lost: int, missing: int = 0) -> StageMemory:
    for each in lost:
        known = watch_losses(known, measures(lost=each, missing=missing))
    return known


def told(*lost: int, every: float = 60) -> list[str]:
    known, said = memory(), []
    for number, each in enumerate(lost):
        after = watch_losses(known, measures(lost=each, at=NOW + number * every))
        said += loss_news("index", known, after)
        known = after
    assert all(news.reason is Reason.RECORDS_LOST for news in said)
    return [news.message for news in said]


def test_what_is_lost_is_counted_once_however_long_it_is_seen() -> None:
    assert watched(memory(), 100, 100, 100).lost == 100


def test_what_is_lost_on_top_is_added() -> None:
    assert watched(memory(), 100, 150).lost == 150


def test_another_episode_is_added_to_the_first() -> None:
    known = watched(memory(), 100, 0, 30)
    assert (known.lost, known.overtaken) == (130, 30)


def test_a_partition_that_could_not_be_measured_does_not_lose_its_records_again() -> None:
    known = watched(watched(memory(), 100), 0, missing=1)
    assert (known.lost, known.overtaken) == (100, 100)
    assert watched(known, 100).lost == 100


def test_more_that_is_lost_shows_in_a_part_as_well() -> None:
    assert watched(watched(memory(), 100), 250, missing=1).lost == 250


def test_the_beginning_each_tenfold_and_the_end_are_told() -> None:
    said = told(0, 5, 6, 49, 50, 60, 500, 500, 0, 0, 0, 0, 0, 0)
    assert len(said) == 4
    assert said[0].startswith("index: 5 records were deleted before they were consumed, 5 in all: give")
    assert said[1].startswith("index: 50 records")
    assert said[2].startswith("index: 500 records")
    assert said[3] == "index: No more records are lost since 5 minutes; 500 were, 500 in all."


def test_a_group_that_jumps_to_the_log_start_again_and_again_is_told_once() -> None:
    assert len(told(*[10, 0, 12, 0, 9, 0] * 10, every=5)) == 2, "the beginning, and ten times as much"


def test_another_episode_begins_its_own_count() -> None:
    said = told(500, *[0] * 6, 7)
    assert said[-1].startswith("index: 7 records were deleted before they were consumed, 507 in all")


def test_what_the_process_before_had_told_is_not_told_again() -> None:
    known = memory(lost=90, overtaken=40, loss=recalled_loss(90, 40, NOW))
    after = watch_losses(known, measures(lost=41))
    assert loss_news("index", known, after) == ()
    assert after.lost == 91


def test_what_is_not_lost_is_not_told() -> None:
    assert told(0, 0) == []


def test_nothing_shrinks_until_some_minutes_after_the_last_loss() -> None:
    known = watched(memory(), 500, 0)
    seen = doubting_losses(measures(), known)
    assert seen.lower_bound
    assert [doubt.reason for doubt in seen.doubts] == [Reason.RECORDS_LOST]
    assert doubting_losses(seen, known) is seen, "what the source says itself is not said twice"
    calm = measures()
    assert doubting_losses(calm, memory()) is calm
