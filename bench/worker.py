"""`python -m bench.worker`: records/s of `logferry worker`, as a share of what a bare consumer reads.

Both read the same backlog with the same client settings, turn about, so that what else the machine does
touches both. Both are timed from their first batch to their last record.
"""

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from time import monotonic, sleep

from confluent_kafka import Consumer
from rich.console import Console

from bench.harness import Figure, bench_sandbox, machine, run, tell
from bench.subjects import Subject, create_topics
from logferry.kafka import consumer_config
from sandbox.demo.traffic import LOGFERRY
from sandbox.errors import SandboxError

ROUNDS = 5
RECORDS = 600_000
BATCH = 5_000
TOPIC = "access-log"
LOOK_EVERY_SECONDS = 0.005
GIVE_UP_SECONDS = 120.0
STOP_WITHIN_SECONDS = 30.0


class Pace:
    """How fast something grows, from its first step on: the time before that is no work."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._first: tuple[float, int] | None = None
        self._last: tuple[float, int] = (0.0, 0)

    def at(self, amount: int) -> None:
        """It has grown to this."""
        if amount > self._last[1]:
            self._last = (self._clock(), amount)
            self._first = self._first or self._last

    @property
    def amount(self) -> int:
        """How much it is."""
        return self._last[1]

    @property
    def per_second(self) -> float:
        """Growth between the first step and the last. Raises SandboxError: there was but one."""
        if self._first is None or self._last[0] <= self._first[0]:
            raise SandboxError("All came in one step: too little to tell a pace from.")
        return (self._last[1] - self._first[1]) / (self._last[0] - self._first[0])


def main() -> int:
    """Fill a topic, read it ten times, compare."""
    began, console = machine(), Console(stderr=True)
    bare, worker = [], []
    with bench_sandbox(["kafka"]) as sandbox:
        kafka = sandbox.kafka_bootstrap
        create_topics(kafka, [Subject(TOPIC)])
        generate(kafka)
        for number in range(ROUNDS):
            pace, size = read_bare(kafka, f"bare-{number}")
            bare.append(pace)
            bytes_per_second = run_worker(kafka, f"worker-{number}", sandbox.layout.folder("store"), size)
            worker.append(bytes_per_second / size * RECORDS)
            console.print(f"round {number + 1}: bare {bare[-1]:,.0f}/s, worker {worker[-1]:,.0f}/s")
    return tell("worker", figures_of(bare, worker), details_of(bare, worker), began)


def generate(kafka: str) -> None:
    """Fill the topic with realistic records."""
    subprocess.run(
        [LOGFERRY, "generate", f"--kafka={kafka}", f"--topic={TOPIC}", f"--count={RECORDS}"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def read_bare(kafka: str, group: str) -> tuple[float, int]:
    """Consume and commit, and do nothing with it: records/s, and the bytes of all lines they would make."""
    pace, size, deadline = Pace(), 0, monotonic() + GIVE_UP_SECONDS
    consumer = Consumer(consumer_config(kafka, group, protocol="classic"))
    with closing(consumer):
        consumer.subscribe([TOPIC])
        while pace.amount < RECORDS:
            _check_time(deadline, "The bare consumer")
            messages = consumer.consume(BATCH, timeout=0.25)
            values = [value for message in messages if (value := message.value()) is not None]
            if messages:
                consumer.commit(message=messages[-1], asynchronous=True)
            size += sum(map(len, values)) + len(values)
            pace.at(pace.amount + len(values))
    return pace.per_second, size


def run_worker(kafka: str, group: str, store: Path, size: int) -> float:
    """Run the worker until its files have all bytes: bytes/s."""
    command = [
        str(LOGFERRY),
        "worker",
        f"--kafka={kafka}",
        f"--topic={TOPIC}",
        f"--group={group}",
        f"--sink=file:{store}",
        "--listen=off",
    ]
    pace, deadline = Pace(), monotonic() + GIVE_UP_SECONDS
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while pace.amount < size and process.poll() is None:
                _check_time(deadline, "The worker")
                pace.at(sum(file.stat().st_size for file in store.glob("*.ndjson")))
                sleep(LOOK_EVERY_SECONDS)
        finally:
            process.terminate()
            process.wait(STOP_WITHIN_SECONDS)
    shutil.rmtree(store)
    store.mkdir()
    if pace.amount != size:
        raise SandboxError(f"The worker wrote {pace.amount:,} bytes, and {size:,} were to be written.")
    return pace.per_second


def figures_of(bare: Sequence[float], worker: Sequence[float]) -> list[Figure]:
    """Medians, and the median of the rounds' ratios."""
    ratios = [w / b for w, b in zip(worker, bare, strict=True)]
    return [
        Figure("Bare consumer", round(median(bare)), "records/s"),
        Figure("logferry worker, written and synced", round(median(worker)), "records/s"),
        Figure("Share of the bare consumer's pace", round(100 * median(ratios), 1), "%"),
    ]


def details_of(bare: Sequence[float], worker: Sequence[float]) -> Mapping[str, object]:
    """Every round."""
    return {
        "records": RECORDS,
        "bare_per_second": [round(pace) for pace in bare],
        "worker_per_second": [round(pace) for pace in worker],
    }


def _check_time(deadline: float, who: str) -> None:
    if monotonic() > deadline:
        raise SandboxError(f"{who} was not through within {GIVE_UP_SECONDS:.0f} s.")


if __name__ == "__main__":
    run(main)
