from prometheus_client import CollectorRegistry, Gauge, generate_latest

from logpipeline import metrics
from logpipeline.metrics import Metric
from sandbox.demo.journal import StageFigures
from sandbox.demo.observe import figures_of, measured_at
from tests.unit.demo.test_table import SHOP

STAGE = ("shop", "access-logs", "index")


def page(*samples: tuple[Metric, tuple[str, ...], float]) -> str:
    """A page of metrics, as the operator would serve it."""
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for metric, labels, value in samples:
        if metric.name not in gauges:
            gauges[metric.name] = Gauge(metric.name, metric.help, metric.labels, registry=registry)
        gauges[metric.name].labels(*labels).set(value)
    return generate_latest(registry).decode()


def test_what_the_operator_measured_is_read_by_stage() -> None:
    text = page(
        (metrics.BACKLOG, STAGE, 1_240_000),
        (metrics.OLDEST, STAGE, 41.5),
        (metrics.REPLICAS, (*STAGE, "ready"), 3),
        (metrics.REPLICAS, (*STAGE, "uncapped"), 40),
    )
    assert figures_of(text, SHOP)["index"] == StageFigures(backlog=1_240_000, oldest_seconds=41.5, ready=3)


def test_a_stage_that_was_not_measured_has_no_figures() -> None:
    assert figures_of("", SHOP)["collect"] == StageFigures()
    assert measured_at("", SHOP) is None


def test_another_pipeline_is_not_taken_for_ours() -> None:
    text = page((metrics.BACKLOG, ("shop", "other", "index"), 7), (metrics.MEASURED, STAGE, 1_000))
    assert figures_of(text, SHOP)["index"] == StageFigures()
    assert measured_at(text, SHOP) == 1_000
