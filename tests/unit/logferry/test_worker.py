from collections.abc import Iterator, Sequence

import pytest

from logferry.errors import LogferryError
from logferry.health import Health
from logferry.lifecycle import Shutdown
from logferry.limiter import Unlimited
from logferry.sources import Batch
from logferry.telemetry import Metrics
from logferry.worker import Worker


class Story:
    """A source and a sink that write down, in order, what was asked of them."""

    def __init__(self, shutdown: Shutdown, batches: int) -> None:
        self.events: list[str] = []
        self.failures: list[OSError] = []
        self._shutdown = shutdown
        self._batches = batches
        self._fetched = 0

    def open(self) -> None:
        self.events.append("open")

    def fetch(self, most: int) -> Batch[int]:
        assert most == 10
        if self._fetched == self._batches:
            self._shutdown.request()
            return Batch([], 0)
        self._fetched += 1
        return Batch([b"record"], self._fetched)

    def write(self, records: Sequence[bytes | None]) -> None:
        if self.failures:
            self.events.append("write fails")
            raise self.failures.pop()
        self.events.append(f"write {len(records)}")

    def acknowledge(self, batch: Batch[int]) -> None:
        self.events.append(f"acknowledge {batch.receipt}")

    def close(self) -> None:
        self.events.append("close")


@pytest.fixture
def shutdown() -> Iterator[Shutdown]:
    shutdown = Shutdown()
    yield shutdown
    shutdown.close()


def make_worker(story: Story, shutdown: Shutdown) -> Worker:
    return Worker(
        story,
        story,
        batch_records=10,
        limiter=Unlimited(),
        shutdown=shutdown,
        health=Health(),
        metrics=Metrics(),
    )


def test_a_batch_is_acknowledged_only_after_it_was_written(shutdown: Shutdown):
    story = Story(shutdown, batches=2)

    assert make_worker(story, shutdown).run() == 2

    assert story.events == [
        "open",
        *("write 1", "acknowledge 1"),
        *("write 1", "acknowledge 2"),
        *("close", "close"),
    ]


def test_a_store_that_fails_for_a_moment_is_tried_again(shutdown: Shutdown):
    story = Story(shutdown, batches=1)
    story.failures = [OSError("disk full")]

    make_worker(story, shutdown).run()

    assert story.events == ["open", "write fails", "write 1", "acknowledge 1", "close", "close"]


def test_what_could_not_be_written_by_the_end_is_not_acknowledged(shutdown: Shutdown):
    story = Story(shutdown, batches=1)
    story.failures = [OSError("disk full")]
    shutdown_at_failure = story.write

    def write(records: Sequence[bytes | None]) -> None:
        shutdown.request()
        shutdown_at_failure(records)

    story.write = write  # type: ignore[method-assign]

    with pytest.raises(LogferryError, match="disk full"):
        make_worker(story, shutdown).run()

    assert story.events == ["open", "write fails", "close", "close"]
