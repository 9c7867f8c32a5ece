from collections.abc import Sequence

import numpy as np
import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, PartitionId, Sample, Sharing
from logpipeline.sources.kafka.doubts import Commits, Ends, fallen_doubts, lost_doubts
from logpipeline.sources.kafka.offsets import Offset

P0, P1, P2 = (PartitionId("log", number) for number in range(3))
AWAY = Missing(1.0, Reason.SOURCE_UNREACHABLE, "the coordinator is away")
ENDS: dict[PartitionId, Offset] = {P0: 1_000, P1: 1_000, P2: 1_000}


def sample(lost: Sequence[int], produced: Sequence[int] = (10, 10, 10)) -> Sample:
    counts = np.array(produced, dtype=np.int64)
    return Sample(1.0, Sharing.PARTITIONED, (P0, P1, P2), counts, counts, lost=np.array(lost, dtype=np.int64))


def seen(*passes: dict[PartitionId, Offset], ends: dict[PartitionId, Offset] = ENDS) -> list[str]:
    """What is said after each of the passes, in which the group had committed so far."""
    commits = Commits()
    return [" ".join(doubt.message for doubt in commits.doubts("g", each, ends)) for each in passes]


def test_a_group_that_goes_forward_is_not_doubted() -> None:
    assert seen({P0: 1}, {P0: 1}, {P0: 5, P1: 0}, {P0: 6, P1: 9}) == ["", "", "", ""]


def test_a_group_that_was_moved_back_is_doubted_until_it_is_there_again() -> None:
    first, back, on, there, after = seen({P0: 900}, {P0: 100}, {P0: 899}, {P0: 900}, {P0: 901})
    assert (first, there, after) == ("", "", "")
    assert "moved back in log/0, from 900 to 100" in back
    assert "from 900 to 899" in on


def test_a_group_that_is_moved_back_twice_must_reach_the_farther_mark() -> None:
    assert seen({P0: 900}, {P0: 500}, {P0: 600}, {P0: 100}, {P0: 600})[-1] != ""


def test_a_commit_that_is_gone_is_doubted_until_there_is_one_again() -> None:
    _, gone, still, again = seen({P0: 900, P1: 5}, {P1: 5}, {P1: 6}, {P0: 1_000, P1: 6})
    assert "the commit of group 'g' in log/0, 900, is gone" in gone
    assert still == gone
    assert again == ""


def test_a_commit_that_cannot_be_read_is_neither_gone_nor_back() -> None:
    assert seen({P0: 900}, {P0: AWAY}, {P0: 901}) == ["", "", ""]
    assert "from 900 to 899" in seen({P0: 900}, {P0: AWAY}, {P0: 899})[-1]


@pytest.mark.parametrize(("end", "doubted"), [(899, False), (900, True), (AWAY, True)])
def test_a_log_that_does_not_reach_the_mark_any_more_is_another_log(end: Offset, *, doubted: bool) -> None:
    assert (seen({P0: 900}, {P0: 0}, ends={P0: end})[-1] != "") is doubted


def test_several_partitions_are_one_doubt_and_a_count() -> None:
    (_, said) = seen({P0: 9, P1: 9, P2: 9}, {P0: 1, P1: 2, P2: 3})
    assert "log/0 and 2 more partitions" in said
    assert said.count("moved back") == 1


def test_lost_records_are_counted_over_all_partitions() -> None:
    assert lost_doubts("g", sample([0, 0, 0])) == ()
    (doubt,) = lost_doubts("g", sample([0, 1_000, 5]))
    assert doubt.reason is Reason.RECORDS_LOST
    assert "1,005 records of log/1 and 1 more partitions" in doubt.message


def test_a_log_that_is_shorter_than_it_was_is_told_once() -> None:
    ends = Ends()
    assert ends.fallen({P0: 100, P1: 50, P2: 7}) == {}
    assert ends.fallen({P0: AWAY, P1: 50, P2: 8}) == {}
    fallen = ends.fallen({P0: 10, P1: 50, P2: 8})
    assert fallen == {P0: 100}
    assert ends.known(P0) == 10
    (doubt,) = fallen_doubts(sample([0, 0, 0]), fallen)
    assert "log/0 ends at 10 and had ended at 100" in doubt.message
    assert ends.fallen({P0: 10, P1: 50, P2: 8}) == {}
    assert fallen_doubts(sample([0, 0, 0]), {}) == ()
