"""Our own Prometheus metrics: what is known of the pipelines, and how the operator fares."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Final, NamedTuple

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from logpipeline import metrics
from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.api.sale_status import SalesEventStatus
from logpipeline.api.status import AlertState
from logpipeline.core.decision import Decision
from logpipeline.core.model import Measures
from logpipeline.core.observation import Observation
from logpipeline.core.readings import Counts, Rates
from logpipeline.core.timestamps import read_time
from logpipeline.core.verdicts import Symptom
from logpipeline.metrics import Metric, Type

_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Judged(NamedTuple):
    """The latest decision on a pipeline, and what it was made of."""

    observation: Observation
    decision: Decision


class Telemetry:
    """The metrics of one operator, in a registry of their own."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self._pipelines = _PipelineCollector()
        self._sales = _SaleCollector()
        self.registry.register(self._pipelines)
        self.registry.register(self._sales)
        self._sampling = self._histogram(metrics.SAMPLING)
        self._ticks = self._histogram(metrics.TICK)
        self._stalls = self._histogram(metrics.STALL)
        self._missing = self._counter(metrics.MISSING)
        self._decisions = self._counter(metrics.DECISIONS)
        self._scale_errors = self._counter(metrics.SCALE_ERRORS)
        self._leader = Gauge(metrics.LEADER.name, metrics.LEADER.help, registry=self.registry)
        build = Gauge(metrics.BUILD.name, metrics.BUILD.help, metrics.BUILD.labels, registry=self.registry)
        build.labels(version).set(1)

    def decided(self, pipeline: tuple[str, str], observation: Observation, decision: Decision) -> None:
        """Show this decision on the `pipeline`, namespace and name, in place of the last one; count it."""
        self._pipelines.judged[pipeline] = Judged(observation, decision)
        for stage in decision.stages.values():
            self._decisions.labels(stage.verdict.value).inc()
            if stage.missing is not None:
                self._missing.labels(stage.missing.reason.value).inc()

    def judged(self, pipeline: tuple[str, str]) -> Judged | None:
        """The latest decision on the `pipeline`; None where there is none yet."""
        return self._pipelines.judged.get(pipeline)

    def forget(self, pipeline: tuple[str, str]) -> None:
        """The pipeline is gone, and its series with it."""
        self._pipelines.judged.pop(pipeline, None)

    def planned(self, sale: tuple[str, str], status: SalesEventStatus) -> None:
        """Show this of the announced event `sale`, namespace and name."""
        self._sales.statuses[sale] = status

    def forget_sale(self, sale: tuple[str, str]) -> None:
        """The event is gone, and its series with it."""
        self._sales.statuses.pop(sale, None)

    def leads(self, leads: bool) -> None:  # noqa: FBT001 - a gauge of nothing else
        """Whether this operator leads."""
        self._leader.set(leads)

    def ticking(self) -> AbstractContextManager[object]:
        """Measures how long a pass over one pipeline takes."""
        return self._ticks.time()

    def sampled(self, connection: str, seconds: float) -> None:
        """A pass over a connection of this kind, `kafka` or `redis`, took so long."""
        self._sampling.labels(connection).observe(seconds)

    def stalled(self, seconds: float) -> None:
        """The event loop came so late to what was due."""
        self._stalls.observe(seconds)

    def scale_failed(self, reason: Reason) -> None:
        """A replica count could not be written."""
        self._scale_errors.labels(reason.value).inc()

    def _counter(self, metric: Metric) -> Counter:
        return Counter(metric.name, metric.help, metric.labels, registry=self.registry)

    def _histogram(self, metric: Metric) -> Histogram:
        return Histogram(metric.name, metric.help, metric.labels, registry=self.registry, buckets=_BUCKETS)


class _PipelineCollector(Collector):
    """Samples of the last decisions, made when they are asked for: no series outlives its pipeline."""

    def __init__(self) -> None:
        self.judged: dict[tuple[str, str], Judged] = {}

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Every family, also those without a sample: their names and meaning are always there."""
        for metric, samples in _FAMILIES.items():
            make = CounterMetricFamily if metric.type is Type.COUNTER else GaugeMetricFamily
            family = make(metric.name, metric.help, labels=metric.labels)
            for (namespace, name), judged in sorted(self.judged.items()):
                for labels, value in samples(judged):
                    if value is not None:
                        family.add_metric((namespace, name, *labels), value)
            yield family


class _SaleCollector(Collector):
    """Samples of announced events, likewise."""

    def __init__(self) -> None:
        self.statuses: dict[tuple[str, str], SalesEventStatus] = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every family; of what is not known there is no sample."""
        for metric, figure in _OF_SALES.items():
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            for labels, status in sorted(self.statuses.items(), key=lambda item: item[0]):
                value = figure(status)
                if value is not None:
                    family.add_metric(labels, value)
            yield family


def _sale_counts(status: SalesEventStatus) -> tuple[float, float] | tuple[None, None]:
    """Replicas proven ready, and planned: stages are not all listed."""
    if status.replicas is None:
        return None, None
    ready, _, planned = status.replicas.partition("/")
    return float(ready), float(planned)


def _sale_start(status: SalesEventStatus) -> float | None:
    return None if status.occurrence is None else read_time(status.occurrence.start)


def _sale_feasible(status: SalesEventStatus) -> float | None:
    held = {each.type: each.status for each in status.conditions}
    told = held.get(ConditionType.FEASIBLE)
    return None if told in (None, ConditionStatus.UNKNOWN) else float(told is ConditionStatus.TRUE)


Samples = Iterable[tuple[tuple[str, ...], float | None]]
"""Values by the labels that come after namespace and pipeline; None where they are not known."""


def _measured(figure: Callable[[Measures], float | None]) -> Callable[[Judged], Samples]:
    def samples(judged: Judged) -> Samples:
        for name, stage in judged.decision.stages.items():
            yield (name,), None if stage.measures is None else figure(stage.measures)

    return samples


def _total(figures: Counts | Rates | None) -> float | None:
    return None if figures is None else float(np.sum(figures))


def _measured_at(judged: Judged) -> Samples:
    for name, memory in judged.decision.memory.stages.items():
        yield (name,), memory.measured_at


def _lost(judged: Judged) -> Samples:
    for name, memory in judged.decision.memory.stages.items():
        yield (name,), memory.lost


def _replicas(judged: Judged) -> Samples:
    for name, stage in judged.decision.stages.items():
        seen = judged.observation.stages.get(name)
        workload = None if seen is None else seen.workload
        yield (name, "observed"), None if workload is None else workload.replicas
        yield (name, "ready"), None if workload is None else workload.ready
        yield (name, "wanted"), stage.replicas
        yield (name, "uncapped"), stage.uncapped


def _capacity(judged: Judged) -> Samples:
    for name, memory in judged.decision.memory.stages.items():
        yield (name,), None if memory.learned is None else memory.learned.records_per_second


def _sustainable(judged: Judged) -> Samples:
    for name, stage in judged.decision.stages.items():
        yield (name,), stage.sustainable


def _verdicts(judged: Judged) -> Samples:
    for name, stage in judged.decision.stages.items():
        if stage.verdicts is not None:
            for symptom in Symptom:
                yield (name, symptom.value), float(symptom in stage.verdicts.stage)


def _alerts(judged: Judged) -> Samples:
    for alert in judged.decision.alerts:
        yield (alert.name,), float(alert.state is AlertState.FIRING)


_FAMILIES: Final[Mapping[Metric, Callable[[Judged], Samples]]] = {
    metrics.BACKLOG: _measured(lambda measures: measures.waiting),
    metrics.EXCESS: _measured(lambda measures: _total(measures.excess)),
    metrics.ARRIVAL: _measured(lambda measures: _total(measures.arrival)),
    metrics.CONSUMPTION: _measured(lambda measures: _total(measures.consumption)),
    metrics.OLDEST: _measured(lambda measures: measures.oldest_seconds),
    metrics.LOST: _lost,
    metrics.MEASURED: _measured_at,
    metrics.UNMEASURED: _measured(lambda measures: measures.missing),
    metrics.CAPACITY: _capacity,
    metrics.SUSTAINABLE: _sustainable,
    metrics.VERDICT: _verdicts,
    metrics.REPLICAS: _replicas,
    metrics.ALERT: _alerts,
}

_OF_SALES: Final[Mapping[Metric, Callable[[SalesEventStatus], float | None]]] = {
    metrics.SALE_START: _sale_start,
    metrics.SALE_PLANNED: lambda status: _sale_counts(status)[1],
    metrics.SALE_READY: lambda status: _sale_counts(status)[0],
    metrics.SALE_SHORTFALL: lambda status: status.shortfall,
    metrics.SALE_FEASIBLE: _sale_feasible,
}
