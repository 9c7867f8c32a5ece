from collections.abc import Sequence

import numpy as np
import pytest

from logpipeline.core.readings import PartitionId, Recalled, Sample, Sharing
from logpipeline.sources.kafka.requests import Found
from logpipeline.sources.kafka.timestamps import agrees, is_plausible, recalled_of

P0, P1 = PartitionId("log", 0), PartitionId("log", 1)
NOW = 10_000.0


def sample(at: float, *produced: int) -> Sample:
    counts = np.array(produced, dtype=np.int64)
    return Sample(at, Sharing.PARTITIONED, (P0, P1)[: len(produced)], counts, counts)


def past(*ends: Sequence[float]) -> tuple[Recalled, ...]:
    """Ends of the logs 30, 20 and 10 s ago."""
    return tuple(
        Recalled(NOW - 10 * (len(ends) - number), (P0, P1)[: len(row)], np.array(row))
        for number, row in enumerate(ends)
    )


STEADY = past([0.0], [100_000.0], [200_000.0])
"""10,000 records/s."""
FIRST = sample(NOW, 300_000)


@pytest.mark.parametrize(
    ("what", "found", "start", "end"),
    [
        ("the first record since then", Found(70, NOW), 0, 70.0),
        ("nothing was written since", Found(-1, -1), 0, 100.0),
        ("nothing was written before", Found(0, NOW), 0, 0.0),
        ("retention may have taken what was before", Found(40, NOW), 40, None),
        ("what is left is newer than the first record that is left", Found(41, NOW), 40, 41.0),
        ("the log start is not known", Found(70, NOW), None, None),
        ("nobody answered", None, 0, None),
        ("later than the first sample", Found(130, NOW), 0, 100.0),
    ],
)
def test_what_a_timestamp_tells_of_an_earlier_end(
    what: str, found: Found | None, start: int | None, end: float | None
) -> None:
    known = {} if found is None else {P0: found}
    recalled = recalled_of(5.0, sample(NOW, 100), known, {} if start is None else {P0: start})
    assert (None if recalled is None else recalled.produced.tolist()) == (None if end is None else [end]), (
        what
    )


def test_one_partition_that_is_not_recalled_leaves_the_others() -> None:
    recalled = recalled_of(5.0, sample(NOW, 100, 100), {P1: Found(7, NOW)}, {P0: 0, P1: 0})
    assert recalled is not None
    assert np.isnan(recalled.produced[0])
    assert recalled.produced[1] == 7


@pytest.mark.parametrize(
    ("what", "newest", "plausible"),
    [
        ("at the end", Found(299_999, NOW - 0.1), True),
        ("one batch before the end, long ago", Found(299_100, NOW - 60), True),
        ("far before the end, a moment ago", Found(200_000, NOW - 1), True),
        ("far before the end, long ago: a replay since", Found(200_000, NOW - 60), False),
        ("in the future", Found(299_999, NOW + 60), False),
        ("an empty log", Found(-1, -1), True),
        ("not told", None, True),
    ],
)
def test_the_newest_timestamp_shows_replays_and_wrong_clocks(
    what: str, newest: Found | None, *, plausible: bool
) -> None:
    assert is_plausible(FIRST, STEADY, {} if newest is None else {P0: newest}) is plausible, what


def test_nothing_recalled_is_nothing_to_believe() -> None:
    assert not is_plausible(FIRST, (), {})


@pytest.mark.parametrize(
    ("what", "told", "believed"),
    [
        ("the same end", Found(300_000, NOW), True),
        ("records that came a second late", Found(310_000, NOW), True),
        ("records that came five seconds late", Found(350_000, NOW), False),
        ("all that came since is older", Found(-1, -1), False),
        ("far too few", Found(100_000, NOW), False),
        ("nobody answered", None, True),
    ],
)
def test_timestamps_must_tell_the_end_that_was_measured(
    what: str, told: Found | None, *, believed: bool
) -> None:
    now = sample(NOW + 5, 350_000)
    assert agrees(FIRST, STEADY, now, {} if told is None else {P0: told}) is believed, what


def test_a_log_that_stands_still_agrees() -> None:
    still = past([500.0], [500.0])
    assert agrees(sample(NOW, 500), still, sample(NOW + 5, 500), {P0: Found(-1, -1)})
    assert agrees(sample(NOW, 500), still, sample(NOW + 5, 505), {P0: Found(-1, -1)})
    assert not agrees(sample(NOW, 500), still, sample(NOW + 5, 5_000), {P0: Found(-1, -1)})
