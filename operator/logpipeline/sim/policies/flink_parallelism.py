"""What Flink's autoscaler makes of measured rates: the parallelism of one vertex that reads from a source.

Source: Apache Flink Kubernetes Operator (options of 1.11 and later), the page "Autoscaler" and the
configuration reference, and of `flink-autoscaler`: `AutoScalerUtils` for the capacity that is aimed at,
`ScalingMetricEvaluator` for the thresholds, `JobVertexScaler` for factors, limits and the alignment with
partitions. The model behind it is of Kalavri et al., "Three steps is all you need", OSDI 2018. Rates are
records/s.
"""

import math
from dataclasses import dataclass

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Configuration:
    """The options that matter, by their names below `job.autoscaler`, with their defaults. In seconds."""

    metrics_window: float = 15 * MINUTE
    stabilization_interval: float = 5 * MINUTE
    utilization_target: float = 0.7
    utilization_max: float = 1.0
    """The default is target + 0.3, and so for the minimum."""
    utilization_min: float = 0.4
    restart_time: float = 5 * MINUTE
    catch_up_duration: float = 30 * MINUTE
    backlog_processing_lag_threshold: float = 5 * MINUTE
    scale_down_interval: float = 60 * MINUTE
    scale_down_max_factor: float = 0.6
    scale_up_max_factor: float = 100_000.0


DOCUMENTED = Configuration(
    metrics_window=5 * MINUTE,
    stabilization_interval=1 * MINUTE,
    utilization_target=0.6,
    utilization_max=0.8,
    utilization_min=0.4,
    restart_time=2 * MINUTE,
    catch_up_duration=5 * MINUTE,
)
"""The basic example of the page; what it does not name keeps its default."""


@dataclass(frozen=True, slots=True)
class Rates:
    """A vertex over the metrics window."""

    arriving: float
    """Records/s that arrive at its source."""
    taken: float
    """Records/s that it takes."""
    able: float
    """Records/s that it could take: the true processing rate."""
    lag: float
    """Records that wait now."""


def target_capacity(
    conf: Configuration, rates: Rates, utilization: float, *, with_restart: bool = True
) -> float:
    """Records/s to be able to take, to be busy by `utilization` and to catch up in time."""
    if utilization <= 0:
        return math.inf
    catch_up = restart = 0.0
    if conf.catch_up_duration > 0:
        catch_up = rates.lag / conf.catch_up_duration
        restart = rates.arriving * conf.restart_time / conf.catch_up_duration if with_restart else 0.0
    return float(math.floor(catch_up + restart + rates.arriving / min(utilization, 1.0) + 0.5))


def thresholds(conf: Configuration, rates: Rates) -> tuple[float, float]:
    """Between these capacities nothing is done, in records/s.

    While a backlog is worked off full utilization is all right, and nothing is taken away.
    """
    working_off = rates.lag > conf.backlog_processing_lag_threshold * rates.taken
    most, least = (1.0, 0.0) if working_off else (conf.utilization_max, conf.utilization_min)
    return (
        target_capacity(conf, rates, most, with_restart=False),
        target_capacity(conf, rates, least),
    )


def is_outside(conf: Configuration, rates: Rates) -> bool:
    """Whether a new parallelism would be put into effect at all."""
    too_little, too_much = thresholds(conf, rates)
    return not too_little <= rates.able <= too_much


def scale_factor(conf: Configuration, rates: Rates) -> float:
    """What the parallelism is to be multiplied by."""
    factor = target_capacity(conf, rates, conf.utilization_target) / rates.able
    return max(1 - conf.scale_down_max_factor, min(factor, 1 + conf.scale_up_max_factor))


def scaled(parallelism: int, factor: float, partitions: int, least: int, most: int) -> int:
    """The new parallelism: one that divides the `partitions`, where there are any (0: none).

    Searched upwards, when shrinking no further than what there is now; otherwise downwards, to where each
    subtask gets one partition more. Where that would turn the direction, nothing changes.
    """
    most = min(most, partitions) if partitions else most
    wanted = min(max(least, math.ceil(min(factor * parallelism, 2**31))), most)
    if not partitions or wanted == parallelism:
        return wanted
    growing = wanted > parallelism
    for count in range(wanted, (most if growing else min(parallelism, most)) + 1):
        if partitions % count == 0:
            return count
    count = max(_one_more_each(wanted, partitions), least)
    turned = count <= parallelism if growing else count >= parallelism
    return parallelism if turned else count


def _one_more_each(wanted: int, partitions: int) -> int:
    """The largest count below at which subtasks get more partitions than with `wanted`."""
    count = wanted
    while count > 0 and partitions // count <= partitions // wanted:
        count -= 1
    return count if count and partitions % count == 0 else count + 1
