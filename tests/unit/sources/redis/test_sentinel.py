import pytest

from logpipeline.sources.redis.nodes import Address
from logpipeline.sources.redis.sentinel import Answer, Poll

A, B = Address("redis-0", 6379), Address("redis-1", 6379)
SILENT = TimeoutError()


@pytest.mark.parametrize(
    ("answers", "settled", "primary"),
    [
        ([A, A], A, A),
        ([A, A, B], A, A),
        ([A], None, A),
        ([A, SILENT, SILENT], None, A),
        ([A, None, None], None, A),
        ([A, B], None, None),
        ([A, B, SILENT], None, None),
        ([SILENT, SILENT, SILENT], None, None),
        ([None, None, None], None, None),
        ([], None, None),
    ],
)
def test_most_of_all_that_were_asked_must_agree(
    answers: list[Answer], settled: Address | None, primary: Address | None
) -> None:
    poll = Poll(3, answers)
    assert (poll.settled, poll.primary) == (settled, primary)


def test_a_single_sentinel_is_most_of_them() -> None:
    assert Poll(1, [A]).settled == A
