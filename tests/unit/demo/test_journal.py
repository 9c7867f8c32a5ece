import asyncio

import pytest

from sandbox.demo.journal import Journal, NotSeenError, StageFigures, Waiting
from sandbox.errors import SandboxError


async def test_who_waits_goes_on_when_it_is_seen() -> None:
    journal = Journal()
    waiting = asyncio.create_task(journal.until("An Event", lambda: bool(journal.told), 10))
    await asyncio.sleep(0)
    assert not waiting.done()
    journal.heard("AlertFired", "too many")
    await waiting


async def test_what_did_not_come_is_said_in_a_sentence() -> None:
    with pytest.raises(NotSeenError, match=r"The backlog drained: not within 0 s\."):
        await Journal().until("The backlog drained", lambda: False, 0)


async def test_nobody_waits_for_what_cannot_be_seen_any_more() -> None:
    journal = Journal()
    waiting = asyncio.create_task(journal.until("An Event", lambda: False, 60))
    await asyncio.sleep(0)
    journal.broke("the Events could not be followed")
    with pytest.raises(SandboxError, match="could not be followed"):
        await waiting


def test_a_count_that_did_not_change_is_no_change() -> None:
    journal = Journal()
    for replicas in (1, 1, 12, 12, 6):
        journal.resized("log-indexer", replicas)
    assert [size.replicas for size in journal.sizes["log-indexer"]] == [1, 12, 6]


def test_the_peak_is_the_most_that_waited_in_kafka() -> None:
    journal = Journal()
    for kafka, redis in ((10, 500), (1_200, 0), (3, 0)):
        journal.counted(Waiting(kafka, redis))
    assert journal.peak == 1_200


def test_a_backlog_that_is_not_known_is_not_drawn_as_nothing() -> None:
    journal = Journal()
    journal.asked_operator({"collect": StageFigures(), "index": StageFigures()}, measured_anew=False)
    assert journal.totals == []
    journal.asked_operator({"collect": StageFigures(), "index": StageFigures(backlog=7)}, measured_anew=True)
    assert journal.totals == [7]
