"""What the operator tells Prometheus."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from sandbox.demo.operator_pod import OperatorPod
from tests.cluster.installed.waiting import eventually

WITHIN_SECONDS = 10.0
PASSES = 3
MEASURED = "logpipeline_stage_measured_timestamp_seconds"


class Series(NamedTuple):
    """One series of a pipeline: the metric, and the labels that are not the pipeline's name."""

    metric: str
    labels: frozenset[tuple[str, str]]


def series_of(
    operator: OperatorPod, namespace: str, name: str, kind: str = "pipeline"
) -> Mapping[Series, float]:
    """All series about a pipeline, or a `sale`; none while the operator does not answer."""
    try:
        with urlopen(operator.metrics_url, timeout=WITHIN_SECONDS) as answer:  # noqa: S310 (its own pod)
            text = answer.read().decode()
    except OSError:
        return {}
    wanted = {"namespace": namespace, kind: name}
    return {
        Series(sample.name, frozenset(sample.labels.items() - wanted.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if wanted.items() <= sample.labels.items()
    }


def measured_at(operator: OperatorPod, namespace: str, pipeline: str) -> float:
    """When all stages of a pipeline were measured last; 0 while it was not."""
    series = series_of(operator, namespace, pipeline)
    return min((value for key, value in series.items() if key.metric == MEASURED), default=0.0)


def wait_for_passes(
    operator: OperatorPod, namespace: str, pipeline: str, passes: int = PASSES
) -> list[float]:
    """Wait until a pipeline was measured so many times more; when that was."""
    seen = [measured_at(operator, namespace, pipeline)]

    def look() -> int:
        now = measured_at(operator, namespace, pipeline)
        if now > seen[-1]:
            seen.append(now)
        return len(seen) - 1

    eventually(look, lambda count: count >= passes, f"{pipeline} is not measured any more")
    return seen
