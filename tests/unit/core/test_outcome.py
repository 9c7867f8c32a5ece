"""What became of a decision is remembered, and told once."""

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.decision import StageDecision, Verdict
from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Obstacle
from logpipeline.core.outcome import Advised, Done, Outcome, Overtaken, Refused, remember_outcome
from tests.unit.core.given import NOW, memory

REFUSED = Refused(Obstacle(Reason.SCALE_REFUSED, "may not scale"))


def after(
    known: StageMemory, outcome: Outcome, replicas: int = 8
) -> tuple[StageMemory, list[tuple[Reason, str]]]:
    decision = StageDecision(
        verdict=Verdict.SCALE,
        replicas=replicas,
        uncapped=replicas,
        usable=None,
        line="2→8: why",
        rules=(),
        scaling=REFUSED.why,
        scaling_active=True,
        measures=None,
        missing=None,
    )
    known, told = remember_outcome(known, "index", decision, outcome, NOW)
    return known, [(announcement.reason, announcement.message) for announcement in told]


@pytest.mark.parametrize(
    ("before", "replicas", "reason"),
    [
        (2, 8, Reason.SCALED_UP),
        (8, 2, Reason.SCALED_DOWN),
        (0, 1, Reason.WOKEN),
        (1, 0, Reason.PUT_TO_SLEEP),
        (2, 2, Reason.CLAIMED),
    ],
)
def test_a_write_is_remembered_and_told(before: int, replicas: int, reason: Reason) -> None:
    known, told = after(memory(refusal=REFUSED.why), Done(before, replicas))
    assert (known.written, known.written_at, known.refusal) == (replicas, NOW, None)
    assert [each for each, _ in told] == [reason]


def test_writing_again_what_was_written_is_no_news() -> None:
    known, _ = after(memory(), Done(2, 8))
    assert after(known, Done(8, 8))[1] == []


def test_advice_is_told_once_for_each_count() -> None:
    known, told = after(memory(), Advised("would set it to 8"))
    assert told == [(Reason.ADVISING, "index: would set it to 8")]
    assert after(known, Advised("would set it to 8"))[1] == []
    assert after(known, Advised("would set it to 9"), 9)[1] != []


def test_a_refusal_is_remembered_for_the_condition() -> None:
    known, told = after(memory(written=2), REFUSED)
    assert (known.refusal, known.written, told) == (REFUSED.why, 2, [])


def test_a_count_that_was_overtaken_is_no_news_and_no_trouble() -> None:
    before = memory(written=2)
    assert after(before, Overtaken()) == (before, [])
