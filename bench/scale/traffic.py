"""Records that arrive and commits that follow, in some of the pipelines."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from confluent_kafka import KafkaException, Producer

from bench.scale.fleet import commit
from bench.subjects import DEADLINE_SECONDS, PARTITIONS, Subject

EVERY_SECONDS = 1.0
RECORDS = 5
"""To every partition, each time."""
COMMIT_EVERY = 5
"""Times."""


@contextmanager
def traffic(kafka: str, subjects: Sequence[Subject]) -> Iterator[None]:
    """Keep records flowing through these pipelines until the end of the block."""
    over = threading.Event()
    flow = threading.Thread(target=_flow, args=(kafka, subjects, over), name="traffic")
    flow.start()
    try:
        yield
    finally:
        over.set()
        flow.join()


def _flow(kafka: str, subjects: Sequence[Subject], over: threading.Event) -> None:
    producer = Producer(
        {"bootstrap.servers": kafka, "linger.ms": 50, "queue.buffering.max.messages": 0, "log_level": 0}
    )  # a broker that is frozen for seconds is part of the bench, and must not end the traffic
    turn = 0
    while not over.wait(EVERY_SECONDS):
        turn += 1
        for subject in subjects:
            for partition in range(PARTITIONS):
                for _ in range(RECORDS):
                    producer.produce(subject.name, value=b"record", partition=partition)
        producer.poll(0)
        if turn % COMMIT_EVERY == 0:
            with suppress(KafkaException):  # the next commit says the same, and more
                commit(kafka, subjects, dict.fromkeys(range(PARTITIONS), RECORDS * (turn - 1)))
    producer.flush(DEADLINE_SECONDS)
