"""KEDA's kafka trigger: the committed and the newest offsets of all partitions -> one metric.

Source: KEDA 2.18, the page "Apache Kafka", and `getTotalLag` in `pkg/scalers/kafka_scaler.go`.
"""

from dataclasses import dataclass

import numpy as np

from logpipeline.core.readings import Sample, Sharing


@dataclass(frozen=True, slots=True)
class KafkaTrigger:
    """The fields of the trigger that shape its metric, by KEDA's names and with KEDA's defaults."""

    lag_threshold: float = 10.0
    activation_lag_threshold: float = 0.0
    allow_idle_consumers: bool = False
    exclude_persistent_lag: bool = False
    limit_to_partitions_with_lag: bool = False
    ensure_even_distribution_of_partitions: bool = False

    def metric(self, sample: Sample, before: Sample | None) -> float:
        """Records, of which `lag_threshold` belong to one replica; `before` is what the last poll saw."""
        lag = sample.backlog
        if self.exclude_persistent_lag and before is not None and before.partitions == sample.partitions:
            lag = np.where(sample.consumed == before.consumed, 0, lag)
        total, partitions = float(lag.sum(dtype=np.float64)), len(lag)
        if sample.sharing is Sharing.SHARED:
            return total
        if self.ensure_even_distribution_of_partitions:
            return self.lag_threshold * self._even(total, partitions)
        if self.allow_idle_consumers:
            return total
        most = int((lag > 0).sum()) if self.limit_to_partitions_with_lag else partitions
        return min(total, most * self.lag_threshold)

    def is_active(self, sample: Sample) -> bool:
        """Whether there is anything to do; partitions that no consumer gets on with count here, always."""
        return float(sample.backlog.sum(dtype=np.float64)) > self.activation_lag_threshold

    def _even(self, total: float, partitions: int) -> int:
        """The fewest consumers that suffice and divide the partitions."""
        divisors = (count for count in range(1, partitions + 1) if partitions % count == 0)
        return next((count for count in divisors if count * self.lag_threshold >= total), partitions)
