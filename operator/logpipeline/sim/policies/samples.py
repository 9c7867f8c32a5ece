"""What a policy remembers of the last samples, to make rates and means of them."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from logpipeline.core.readings import Rates, Sample
from logpipeline.sim.policies.stages import lag_of


@dataclass(slots=True)
class Samples:
    """The samples of the last so many seconds. Where counters go back it begins anew."""

    seconds: float
    _kept: deque[Sample] = field(default_factory=deque)

    @property
    def span(self) -> float:
        """Seconds from the first to the last."""
        return self._kept[-1].at - self._kept[0].at if self._kept else 0.0

    def add(self, sample: Sample) -> None:
        """One more, after the others. What is just older than the time looked at stays, to span it."""
        if self._kept and _began_anew(self._kept[-1], sample):
            self.clear()
        self._kept.append(sample)
        while len(self._kept) > 1 and self._kept[1].at <= sample.at - self.seconds:
            self._kept.popleft()

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()

    def arrival(self) -> float | None:
        """Records/s written in all; None where that is not known yet, or nobody counts them."""
        if self._kept and self._kept[-1].arrival_per_second is not None:
            return self._kept[-1].arrival_per_second
        if self.span <= 0 or not self._kept[-1].counted:
            return None
        return float((self._kept[-1].produced - self._kept[0].produced).sum()) / self.span

    def consumption(self) -> Rates | None:
        """(P,) records/s taken by the committed offsets; None where that is not known yet, or not counted."""
        if self.span <= 0 or not self._kept[-1].counted:
            return None
        rates: Rates = (self._kept[-1].consumed - self._kept[0].consumed) / self.span
        return rates

    def lag(self) -> float:
        """Records that wait, in the mean of all samples; 0 without any."""
        return float(np.mean([lag_of(sample) for sample in self._kept])) if self._kept else 0.0


def _began_anew(before: Sample, now: Sample) -> bool:
    if before.partitions != now.partitions:
        return True
    return now.counted and bool(
        (now.produced < before.produced).any() or (now.consumed < before.consumed).any()
    )
