"""The names of the metrics and what they mean: for `/metrics`, and for the page that lists them."""

from enum import StrEnum
from typing import Final, NamedTuple


class Type(StrEnum):
    """Types of metrics."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    """One metric."""

    name: str
    type: Type
    labels: tuple[str, ...]
    help: str
    """What it says, with the unit, in a sentence."""


_PIPELINE: Final = ("namespace", "pipeline")
_STAGE: Final = (*_PIPELINE, "stage")
_SALE: Final = ("namespace", "sale")

BACKLOG: Final = Metric(
    "logpipeline_stage_backlog_records", Type.GAUGE, _STAGE, "Records that wait in the stage's source."
)
EXCESS: Final = Metric(
    "logpipeline_stage_excess_records",
    Type.GAUGE,
    _STAGE,
    "Records that wait beyond what flows between two commits; alerts are computed from these.",
)
ARRIVAL: Final = Metric(
    "logpipeline_stage_arrival_records_per_second",
    Type.GAUGE,
    _STAGE,
    "Records that arrive each second: the larger of the rates over 60 s and 300 s.",
)
CONSUMPTION: Final = Metric(
    "logpipeline_stage_consumption_records_per_second",
    Type.GAUGE,
    _STAGE,
    "Records that are consumed each second.",
)
OLDEST: Final = Metric(
    "logpipeline_stage_oldest_record_age_seconds",
    Type.GAUGE,
    _STAGE,
    "Age of the oldest record that waits, in seconds.",
)
LOST: Final = Metric(
    "logpipeline_stage_records_lost_total",
    Type.COUNTER,
    _STAGE,
    "Records that were deleted before they were consumed.",
)
MEASURED: Final = Metric(
    "logpipeline_stage_measured_timestamp_seconds",
    Type.GAUGE,
    _STAGE,
    "When the stage was last measured, wholly or in part, in Unix seconds.",
)
UNMEASURED: Final = Metric(
    "logpipeline_stage_unmeasured_partitions",
    Type.GAUGE,
    _STAGE,
    "Partitions that could not be measured; above 0 the records are a lower bound.",
)
CAPACITY: Final = Metric(
    "logpipeline_stage_capacity_records_per_second",
    Type.GAUGE,
    _STAGE,
    "Records that one replica takes each second when it is busy all the time, as far as it was learned.",
)
SUSTAINABLE: Final = Metric(
    "logpipeline_stage_sustainable_records_per_second",
    Type.GAUGE,
    _STAGE,
    "Records that the stage can take each second in the long run, with all the replicas that it may have.",
)
VERDICT: Final = Metric(
    "logpipeline_stage_verdict",
    Type.GAUGE,
    (*_STAGE, "verdict"),
    "1 where it is the matter with the stage, such as `HotPartition` or `PartitionStalled`; 0 otherwise.",
)
REPLICAS: Final = Metric(
    "logpipeline_stage_replicas",
    Type.GAUGE,
    (*_STAGE, "state"),
    "Replicas of the stage's workload: `observed` are asked for now, `ready` are ready, `wanted` were"
    " decided, `uncapped` would be needed if there were no bounds.",
)
ALERT: Final = Metric(
    "logpipeline_alert_firing",
    Type.GAUGE,
    (*_PIPELINE, "alert"),
    "1 while the alert fires, 0 while it is pending; there is no sample otherwise.",
)
SALE_START: Final = Metric(
    "logpipeline_sale_start_timestamp_seconds",
    Type.GAUGE,
    _SALE,
    "When the announced event starts, or last started, in Unix seconds.",
)
SALE_PLANNED: Final = Metric(
    "logpipeline_sale_planned_replicas",
    Type.GAUGE,
    _SALE,
    "Replicas that are planned for the announced event, over all stages of the pipelines that it selects.",
)
SALE_READY: Final = Metric(
    "logpipeline_sale_ready_replicas", Type.GAUGE, _SALE, "Of those, the ones that are proven ready."
)
SALE_SHORTFALL: Final = Metric(
    "logpipeline_sale_shortfall_replicas",
    Type.GAUGE,
    _SALE,
    "Of those, the ones that are not: a page is worth it once the event is about to start.",
)
SALE_FEASIBLE: Final = Metric(
    "logpipeline_sale_feasible",
    Type.GAUGE,
    _SALE,
    "1 where all that the event needs can be had, 0 where it cannot; its status says why.",
)
SAMPLING: Final = Metric(
    "logpipeline_sampling_pass_seconds",
    Type.HISTOGRAM,
    ("connection",),
    "How long one pass over a connection took, in seconds, by kind of connection.",
)
MISSING: Final = Metric(
    "logpipeline_source_missing_total",
    Type.COUNTER,
    ("reason",),
    "Stages of which nothing was known when a decision was due, by reason.",
)
TICK: Final = Metric(
    "logpipeline_tick_seconds", Type.HISTOGRAM, (), "How long one pass over one pipeline took, in seconds."
)
DECISIONS: Final = Metric(
    "logpipeline_decisions_total", Type.COUNTER, ("verdict",), "Decisions on stages, by what they asked for."
)
SCALE_ERRORS: Final = Metric(
    "logpipeline_scale_errors_total",
    Type.COUNTER,
    ("reason",),
    "Replica counts that could not be written, by reason.",
)
LEADER: Final = Metric(
    "logpipeline_leader",
    Type.GAUGE,
    (),
    "1 while this operator leads, 0 while it stands by for the one that does.",
)
STALL: Final = Metric(
    "logpipeline_loop_stall_seconds",
    Type.HISTOGRAM,
    (),
    "How late the event loop came to what was due, in seconds; everything the operator does waits as long.",
)
BUILD: Final = Metric(
    "logpipeline_build_info", Type.GAUGE, ("version",), "Always 1; the version of the operator is its label."
)

METRICS: Final = (
    BACKLOG,
    EXCESS,
    ARRIVAL,
    CONSUMPTION,
    OLDEST,
    LOST,
    MEASURED,
    UNMEASURED,
    CAPACITY,
    SUSTAINABLE,
    VERDICT,
    REPLICAS,
    ALERT,
    SALE_START,
    SALE_PLANNED,
    SALE_READY,
    SALE_SHORTFALL,
    SALE_FEASIBLE,
    SAMPLING,
    MISSING,
    TICK,
    DECISIONS,
    SCALE_ERRORS,
    LEADER,
    STALL,
    BUILD,
)

_HEAD: Final = """\
# Metrics

<!-- Generated from operator/logpipeline/metrics.py. Do not edit. -->

The operator serves these at `/metrics`. A figure that is not known has no sample: it is never 0 instead.
The series of a pipeline that is deleted vanish with it.

| metric | type | labels | meaning |
|---|---|---|---|
"""


def page() -> str:
    """The page `docs/reference/metrics.md`, in Markdown."""
    return _HEAD + "".join(f"{_row(metric)}\n" for metric in METRICS)


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.type} | {labels} | {metric.help} |"
