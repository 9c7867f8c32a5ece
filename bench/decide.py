"""`python -m bench.decide`: CPU time of one `decide()`, beside one pass of NumPy over the same window.

The window is of usual length, a quarter of an hour of samples, and the memory has seen all of it. Each figure
is the best of several repeats, since anything else that runs only adds to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import process_time
from types import MappingProxyType

import numpy as np

from bench.harness import Figure, machine, run, tell
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.core.decide import decide
from logpipeline.core.memory import Memory
from logpipeline.core.model import Workload
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.readings import Group, GroupState, PartitionId, Sample, Sharing
from logpipeline.core.window import Window

LIMITS_MILLISECONDS: Mapping[int, float] = {64: 0.3, 1_000: 1.0}
"""By the partitions."""
SECONDS, EVERY_SECONDS = 900, 5
START = 1_795_000_000.0
CAPACITY = 1_000
REPEATS, CALLS = 400, 2
STABLE = Group(GroupState.STABLE, "range", 8)


@dataclass(frozen=True, slots=True)
class Situation:
    """What arrives and what waits, by the seconds of the window, as shares of what all replicas take."""

    name: str
    arrived: Callable[[int], float]
    waiting: Callable[[int], float]


SITUATIONS = (
    Situation("steady", lambda at: 0.7 * at, lambda _: 2.0),
    Situation("burst", lambda at: 0.7 * at + 2.0 * max(0, at - 840), lambda at: 2.0 + 1.7 * max(0, at - 840)),
    Situation("draining", lambda at: 0.7 * at, lambda at: 300.0 - 0.3 * at),
)


def main() -> int:
    """Measure all situations at all sizes."""
    began, figures, details = machine(), [], {}
    for partitions, limit in LIMITS_MILLISECONDS.items():
        for situation in SITUATIONS:
            name = f"{partitions:,} partitions, {situation.name}"
            decided, passed = times_of(situation, partitions)
            figures.append(Figure(name, round(decided, 3), "ms", limit))
            details[name] = {"numpy_pass_ms": round(passed, 4), "ratio": round(decided / passed, 1)}
    return tell("decide", figures, {"repeats": REPEATS, "calls": CALLS, "beside": details}, began)


def times_of(situation: Situation, partitions: int) -> tuple[float, float]:
    """Milliseconds of CPU of one decision, and of one pass over its window."""
    replicas = partitions // 8
    spec, window, memory = spec_of(partitions), Window(), Memory()
    work = Workload("bench", replicas, replicas, ("logpipeline",))
    rows = []
    for at in range(0, SECONDS + 1, EVERY_SECONDS):
        sample = sample_of(situation, partitions, replicas * CAPACITY, at)
        window = window.extended(sample)
        seen = Observation(MappingProxyType({"index": StageObservation(window, work)}))
        memory = decide(spec, seen, memory, sample.at).memory
        rows.append((sample.produced, sample.consumed))
    produced, consumed = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    old = replace(memory.stages["index"], since=START - SECONDS)
    known = replace(memory, stages=MappingProxyType({"index": old}))
    return (
        best_of(lambda: decide(spec, seen, known, START + SECONDS)),
        best_of(lambda: one_pass(produced, consumed)),
    )


def sample_of(situation: Situation, partitions: int, able: int, at: int) -> Sample:
    """What is told at one moment; partitions are a little uneven."""
    shares = 1.0 / np.arange(1, partitions + 1) ** 0.12
    shares /= shares.sum()
    produced = able * (1_000.0 + situation.arrived(at)) * shares
    consumed = produced - able * max(situation.waiting(at), 0.0) * shares
    return Sample(
        START + at,
        Sharing.PARTITIONED,
        tuple(PartitionId("access-log", number) for number in range(partitions)),
        produced.astype(np.int64),
        consumed.astype(np.int64),
        group=STABLE,
    )


def spec_of(partitions: int) -> LogPipelineSpec:
    """One stage that may have a replica for each partition."""
    kafka = {"bootstrapServers": "kafka:9092", "consumerGroup": "indexers", "topics": ["access-log"]}
    scaling = {"minReplicas": 1, "maxReplicas": partitions, "capacity": {"recordsPerSecond": CAPACITY}}
    target = {"name": "log-indexer"}
    stage = {"name": "index", "scaleTargetRef": target, "source": {"kafka": kafka}, "scaling": scaling}
    return LogPipelineSpec.model_validate({"stages": [stage]})


def one_pass(produced: np.ndarray, consumed: np.ndarray) -> float:
    """What no decision can do without: the lag and both rates of every partition, read once."""
    lag = produced - consumed
    rates = np.diff(produced, axis=0), np.diff(consumed, axis=0)
    return float(lag.sum() + rates[0].sum() + rates[1].sum())


def best_of(call: Callable[[], object]) -> float:
    """Milliseconds of CPU of one call, in the best of the repeats."""
    best = float("inf")
    for _ in range(REPEATS):
        began = process_time()
        for _ in range(CALLS):
            call()
        best = min(best, process_time() - began)
    return 1000 * best / CALLS


if __name__ == "__main__":
    run(main)
