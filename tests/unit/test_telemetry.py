"""What Prometheus is told: what is known, and nothing else."""

from pathlib import Path
from types import MappingProxyType

import numpy as np
from prometheus_client import generate_latest

from logpipeline import metrics
from logpipeline.api.conditions import Reason
from logpipeline.api.status import AlertState
from logpipeline.core.decision import Decision, StageDecision, Verdict
from logpipeline.core.memory import Memory, StageMemory
from logpipeline.core.model import Alert, Measures, Obstacle, Workload
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.readings import Missing, PartitionId, Sharing
from logpipeline.core.sales.status import Known, sale_status
from logpipeline.core.window import Window
from logpipeline.telemetry import Telemetry
from tests.unit.core.floors.given import TIMES
from tests.unit.core.sales.given import event, known, part, share

PIPELINE = ("shop", "access-logs")
STAGE = {"namespace": "shop", "pipeline": "access-logs", "stage": "index"}
MEASURES = Measures(
    at=1_000.0,
    sharing=Sharing.PARTITIONED,
    partitions=(PartitionId("access-log", 0), PartitionId("access-log", 1)),
    missing=3,
    lower_bound=True,
    backlog=np.array([1_000_000, 240_000]),
    excess=np.array([900_000.0, 100_000.0]),
    arrival=np.array([30_000.0, 22_100.0]),
    slope=0.0,
    consumption=None,
    oldest_seconds=None,
    drain_seconds=None,
    estimated=False,
    group=None,
    missing_because="kafka-2:9092 does not answer",
)
AWAY = Missing(1_000.0, Reason.SOURCE_UNREACHABLE, "kafka-0:9092 does not answer")


def decided(
    telemetry: Telemetry,
    *,
    measures: Measures | None = MEASURES,
    missing: Missing | None = None,
    alerts: tuple[Alert, ...] = (),
    workload: Workload | None = Workload("uid", replicas=20, ready=None),  # noqa: B008 (a frozen value)
) -> None:
    stage = StageDecision(
        verdict=Verdict.SCALE,
        replicas=31,
        uncapped=None,
        usable=64,
        line="20→31",
        rules=(),
        scaling=Obstacle(Reason.SCALING, "scales"),
        scaling_active=True,
        measures=measures,
        missing=missing,
    )
    memory = Memory(
        MappingProxyType({"index": StageMemory("identity", since=0.0, measured_at=990.0, lost=42)})
    )
    decision = Decision(1_000.0, MappingProxyType({"index": stage}), None, alerts, (), (), memory)
    observation = Observation({"index": StageObservation(Window(), workload)})
    telemetry.decided(PIPELINE, observation, decision)


def value(telemetry: Telemetry, metric: metrics.Metric | str, **labels: str) -> float | None:
    name = metric if isinstance(metric, str) else metric.name
    return telemetry.registry.get_sample_value(name, labels)


def test_figures_are_summed_over_the_partitions() -> None:
    telemetry = Telemetry("1")
    decided(telemetry)
    assert value(telemetry, metrics.BACKLOG, **STAGE) == 1_240_000
    assert value(telemetry, metrics.EXCESS, **STAGE) == 1_000_000
    assert value(telemetry, metrics.ARRIVAL, **STAGE) == 52_100


def test_a_backlog_that_is_a_lower_bound_can_be_told_from_a_whole_one() -> None:
    telemetry = Telemetry("1")
    decided(telemetry)
    assert value(telemetry, metrics.UNMEASURED, **STAGE) == 3


def test_a_figure_that_is_not_known_has_no_sample_rather_than_a_zero() -> None:
    telemetry = Telemetry("1")
    decided(telemetry)
    assert value(telemetry, metrics.CONSUMPTION, **STAGE) is None
    assert value(telemetry, metrics.OLDEST, **STAGE) is None
    assert value(telemetry, metrics.LOST, **STAGE) == 42
    assert value(telemetry, metrics.REPLICAS, **STAGE, state="ready") is None
    assert value(telemetry, metrics.REPLICAS, **STAGE, state="uncapped") is None
    assert value(telemetry, metrics.REPLICAS, **STAGE, state="observed") == 20
    assert value(telemetry, metrics.REPLICAS, **STAGE, state="wanted") == 31


def test_a_source_that_goes_away_takes_its_backlog_with_it_and_is_counted() -> None:
    telemetry = Telemetry("1")
    decided(telemetry)
    decided(telemetry, measures=None, missing=AWAY)
    assert value(telemetry, metrics.BACKLOG, **STAGE) is None
    assert value(telemetry, metrics.MISSING, reason="SourceUnreachable") == 1
    assert value(telemetry, metrics.MEASURED, **STAGE) == 990.0, "this is what an alert on staleness reads"


def test_a_workload_that_is_not_there_has_no_replicas() -> None:
    telemetry = Telemetry("1")
    decided(telemetry, workload=None)
    assert value(telemetry, metrics.REPLICAS, **STAGE, state="observed") is None


def test_the_series_of_a_deleted_pipeline_vanish() -> None:
    telemetry = Telemetry("1")
    decided(telemetry)
    telemetry.forget(PIPELINE)
    assert b'pipeline="access-logs"' not in generate_latest(telemetry.registry)


def test_an_alert_is_0_while_pending_and_1_while_firing_and_then_gone() -> None:
    telemetry = Telemetry("1")
    labels = {"namespace": "shop", "pipeline": "access-logs", "alert": "BacklogCritical"}
    for state, expected in ((AlertState.PENDING, 0), (AlertState.FIRING, 1)):
        decided(telemetry, alerts=(Alert("BacklogCritical", state, 1_000.0, "id", "too much waits"),))
        assert value(telemetry, metrics.ALERT, **labels) == expected
    decided(telemetry)
    assert value(telemetry, metrics.ALERT, **labels) is None


def test_an_event_shows_what_is_planned_and_what_is_short_until_it_is_gone() -> None:
    telemetry, labels = Telemetry("1"), {"namespace": "shop", "sale": "double-eleven"}
    shared = [share(f"p{number}", index=part(64, 40)) for number in range(60)]
    telemetry.planned(("shop", "double-eleven"), sale_status(event(), known(*shared), None, 1, TIMES.ready))
    shown = {
        metrics.SALE_START: TIMES.start,
        metrics.SALE_PLANNED: 60 * 64,
        metrics.SALE_READY: 60 * 40,
        metrics.SALE_SHORTFALL: 60 * 24,
        metrics.SALE_FEASIBLE: 1,
    }
    assert {metric: value(telemetry, metric, **labels) for metric in shown} == shown
    telemetry.forget_sale(("shop", "double-eleven"))
    assert b'sale="double-eleven"' not in generate_latest(telemetry.registry)


def test_of_an_event_that_cannot_happen_there_is_no_count_rather_than_a_zero() -> None:
    telemetry, labels = Telemetry("1"), {"namespace": "shop", "sale": "never"}
    telemetry.planned(("shop", "never"), sale_status(event(), Known(None), None, 1, 1_000.0))
    assert value(telemetry, metrics.SALE_FEASIBLE, **labels) == 0
    for metric in (metrics.SALE_START, metrics.SALE_PLANNED, metrics.SALE_READY, metrics.SALE_SHORTFALL):
        assert value(telemetry, metric, **labels) is None


def test_the_operator_tells_how_it_fares() -> None:
    telemetry = Telemetry("1.2.3")
    decided(telemetry)
    with telemetry.ticking():
        pass
    telemetry.sampled("kafka", 0.017)
    telemetry.scale_failed(Reason.SCALE_REFUSED)
    assert value(telemetry, metrics.DECISIONS, verdict="Scale") == 1
    assert value(telemetry, f"{metrics.TICK.name}_count") == 1
    assert value(telemetry, f"{metrics.SAMPLING.name}_sum", connection="kafka") == 0.017
    assert value(telemetry, metrics.SCALE_ERRORS, reason="ScaleRefused") == 1
    assert value(telemetry, metrics.BUILD, version="1.2.3") == 1


def test_every_metric_that_is_served_is_on_the_page_and_the_other_way_round() -> None:
    served = {family.name for family in Telemetry("1").registry.collect()}
    assert served == {metric.name.removesuffix("_total") for metric in metrics.METRICS}


def test_the_page_of_the_metrics_is_that_of_the_code() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
    assert page.read_text() == metrics.page(), "write logpipeline.metrics.page() to docs/reference/metrics.md"
