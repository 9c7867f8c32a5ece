"""Flink's autoscaler: mean rates over a window, a target utilization, counts that divide the partitions.

Source: as in `flink_parallelism`, and `ScalingMetricCollector` and `DelayedScaleDown` for when it acts. After
each change of the job it waits for the stabilization interval and then for a whole metrics window. A smaller
parallelism is put into effect when all of `scale-down.interval` asked for less, and then the largest of that
time.

`flink` has the defaults, `flink-docs` the basic example of the page. Each stage is a job whose one vertex
reads the topic, with replicas for parallelism.

In its favour:
- A rescale is a rebalance like anybody's. A Flink job restarts as a whole, and takes nothing meanwhile.
- Busy time is exact and takes no measuring: what the busiest subtask takes (`busy-time.aggregator: MAX`) of
  the true capacity, over the window as a whole.
- Pending records are counted by the position of the consumers rather than by what they committed.
- The operator looks every 15 s, as its chart sets it; its own default is a minute.
- What it cannot measure wholly it does not use.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from logpipeline.core.dealing import dealt
from logpipeline.core.readings import GroupState, Sample
from logpipeline.core.readings import Rates as PerPartition
from logpipeline.sim.policies.flink_parallelism import (
    DOCUMENTED,
    Configuration,
    Rates,
    is_outside,
    scale_factor,
    scaled,
)
from logpipeline.sim.policies.samples import Samples
from logpipeline.sim.policies.stages import StageFacts, facts_of, lag_of, ready_of, whole
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.setting import Setting

NAME, NAME_DOCUMENTED = "flink", "flink-docs"
RECONCILE_SECONDS = 15.0


@dataclass(slots=True)
class DelayedScaleDown:
    """The smaller parallelisms that were recommended since less was needed without a break."""

    interval: float
    """Seconds."""
    _first: float | None = None
    _recommended: deque[tuple[float, int, bool]] = field(default_factory=deque)

    def clear(self) -> None:
        """As much as now is needed, or more."""
        self._first = None
        self._recommended.clear()

    def due(self, now: float, count: int, *, outside: bool) -> tuple[int, bool] | None:
        """The largest count of the interval, and whether it was `outside` the thresholds; None: too soon."""
        self._first = now if self._first is None else self._first
        self._recommended.append((now, count, outside))
        while self._recommended[0][0] < now - self.interval:
            self._recommended.popleft()
        if now - self.interval < self._first:
            return None
        _, largest, was_outside = max(self._recommended, key=lambda each: each[1])
        return largest, was_outside


@dataclass(slots=True)
class Job:
    """One stage as a Flink job."""

    facts: StageFacts
    conf: Configuration
    _samples: Samples = field(init=False)
    _delayed: DelayedScaleDown = field(init=False)
    _running_since: float = 0.0
    _shape: tuple[int, int] | None = None
    """Replicas asked for and ready at the last look."""

    def __post_init__(self) -> None:
        """Nothing was measured."""
        self._samples = Samples(self.conf.metrics_window)
        self._delayed = DelayedScaleDown(self.conf.scale_down_interval)

    def count(self, now: float, seen: Seen) -> int:
        """How many replicas are asked for; those of now where nothing changes."""
        replicas, ready, sample = seen.workload.replicas, ready_of(seen), whole(seen.reading)
        if replicas == 0:
            return self.facts.clamped(1)
        if self._restarted((replicas, ready), sample):
            self._samples.clear()
            self._running_since = now
        if sample is None or ready == 0 or now < self._running_since + self.conf.stabilization_interval:
            return replicas
        self._samples.add(sample)
        rates = self._rates(sample, ready)
        if rates is None or self._samples.span < self.conf.metrics_window:
            return replicas
        parallelism = self._parallelism(now, rates, ready, sample)
        return replicas if parallelism == ready else self.facts.clamped(parallelism)

    def _restarted(self, shape: tuple[int, int], sample: Sample | None) -> bool:
        changed, self._shape = shape != self._shape, shape
        group = None if sample is None else sample.group
        return changed or (group is not None and group.state is GroupState.REBALANCING)

    def _rates(self, sample: Sample, ready: int) -> Rates | None:
        taken, arriving = self._samples.consumption(), self._samples.arrival()
        if taken is None or arriving is None:
            return None
        in_all = float(taken.sum())
        busy = self._busy(taken, ready, sample)
        uncommitted = in_all * self.facts.commit_seconds / 2
        return Rates(
            arriving=arriving,
            taken=in_all,
            able=in_all / busy if busy > 0 else float("inf"),
            lag=max(0.0, lag_of(sample) - uncommitted),
        )

    def _busy(self, taken: PerPartition, ready: int, sample: Sample) -> float:
        """The share of its time that the busiest subtask works."""
        if self.facts.shared:
            return min(1.0, float(taken.sum()) / (ready * self.facts.capacity))
        consumers = ready * self.facts.consumers_per_replica
        fullest = float(dealt(taken, sample.partitions, consumers, self.facts.assignor).max())
        return min(1.0, fullest * self.facts.consumers_per_replica / self.facts.capacity)

    def _parallelism(self, now: float, rates: Rates, current: int, sample: Sample) -> int:
        """The one that is put into effect."""
        partitions = (
            0 if self.facts.shared else -(-len(sample.partitions) // self.facts.consumers_per_replica)
        )
        least, most = min(current, max(1, self.facts.least)), max(current, self.facts.most)
        wanted = scaled(current, scale_factor(self.conf, rates), partitions, least, most)
        outside = is_outside(self.conf, rates)
        if wanted >= current:
            self._delayed.clear()
        elif self.conf.scale_down_interval > 0:
            due = self._delayed.due(now, wanted, outside=outside)
            if due is None:
                return current
            wanted, outside = due
        if not outside or wanted == current:
            return current
        self._delayed.clear()
        return wanted


@dataclass(slots=True)
class FlinkPolicy:
    """A job with an autoscaler for each stage."""

    jobs: Mapping[str, Job]
    name: str = NAME
    every_seconds: float = RECONCILE_SECONDS

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """One reconciliation."""
        counts = {name: self.jobs[name].count(now, sight) for name, sight in seen.items()}
        return {
            name: Wish(count, f"parallelism {count}")
            for name, count in counts.items()
            if count != seen[name].workload.replicas
        }


def flink(setting: Setting) -> FlinkPolicy:
    """Flink's autoscaler with its defaults in `setting`."""
    return _policy(setting, NAME, Configuration())


def flink_docs(setting: Setting) -> FlinkPolicy:
    """Flink's autoscaler as its page configures it in `setting`."""
    return _policy(setting, NAME_DOCUMENTED, DOCUMENTED)


def _policy(setting: Setting, name: str, conf: Configuration) -> FlinkPolicy:
    return FlinkPolicy({stage: Job(facts, conf) for stage, facts in facts_of(setting).items()}, name)
