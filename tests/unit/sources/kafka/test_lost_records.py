"""Records that retention took are counted once, also where answers of the brokers come late."""

from collections.abc import Iterable, Mapping

from logpipeline.api.conditions import Reason
from logpipeline.api.sources import OffsetReset
from logpipeline.core.evaluate import evaluate
from logpipeline.core.losses import watch_losses
from logpipeline.core.readings import Missing, PartitionId
from logpipeline.core.window import Window
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.offsets import Offset, Offsets, reading_of
from logpipeline.sources.kafka.requests import Attempt
from logpipeline.sources.kafka.topics import LogStarts
from tests.unit.core.given import NOW, memory

PARTITION = PartitionId("log", 0)
ATTEMPT = Attempt(at=NOW, seconds=4.0)
LATE = Missing(NOW, Reason.SOURCE_TOO_SLOW, "the log starts came too late")


class SlowCluster(Cluster):
    """Its log starts at 1,000, if it says so in time."""

    def __init__(self) -> None:
        self.is_late = False

    def starts(self, partitions: Iterable[PartitionId], attempt: Attempt) -> Mapping[PartitionId, Offset]:
        assert attempt is ATTEMPT
        return dict.fromkeys(partitions, LATE if self.is_late else 1_000)


def test_what_is_lost_is_counted_once_while_log_starts_come_late_now_and_then() -> None:
    cluster, window, known, seconds = SlowCluster(), Window(), memory(), 0.0
    starts = LogStarts(cluster, monotonic=lambda: seconds)
    for count in range(40):
        seconds = 5.0 * count
        cluster.is_late = count % 7 == 6  # when all log starts are due again
        read = starts.offsets((PARTITION,), (), ATTEMPT)
        offsets = Offsets(NOW + seconds, {PARTITION: 900}, read, {PARTITION: 5_000 + 100 * count})
        window = window.extended(reading_of({"log": (PARTITION,)}, offsets, OffsetReset.EARLIEST, None))
        known = watch_losses(known, evaluate(window, NOW + seconds))
        assert (known.lost, known.overtaken) == (100, 100)
