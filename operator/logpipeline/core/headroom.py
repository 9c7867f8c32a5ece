"""How much of its capacity a replica is planned to use: as much as noise, pauses and doubt permit."""

from dataclasses import dataclass

from logpipeline.api.pipeline import Scaling
from logpipeline.api.status import Confidence

DOUBT = {Confidence.HIGH: 0.02, Confidence.MEDIUM: 0.05, Confidence.LOW: 0.15}
"""Share of a capacity that may not be there, by how well it is known."""
LEAST_PERCENT, MOST_PERCENT = 40.0, 98.0
DEVIATIONS = 2.0
"""So many standard deviations of what arrives are planned for: more come in one of forty half minutes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast things go, as measured. Seconds."""

    lead: float
    """From the moment a count is decided to the moment it works."""
    pause: float
    """What a group stands still for when its members change."""


def utilization(scaling: Scaling, noise: float, pace: Pace, confidence: Confidence) -> float:
    """The share of a replica's capacity to plan with: what the spec pins, or what is found."""
    if scaling.target_utilization_percent is not None:
        return scaling.target_utilization_percent / 100
    return found_utilization(scaling, noise, pace, confidence)


def found_utilization(scaling: Scaling, noise: float, pace: Pace, confidence: Confidence) -> float:
    """The share of a replica's capacity that noise, pauses and doubt leave.

    A queue that is served at the share u of its capacity needs head room for three things, and no more:

    - *pauses*: within one stabilization window there is one step down, and a group that stands still for
      `pause` of it has 1 - pause / window of the time to do the work of all of it;
    - *noise*: DEVIATIONS of it, less what the age still allowed takes up. An overload by the share h makes
    the
      oldest record older by h seconds per second, and lasts `lead` seconds at most until a larger count
      works: so (oldestWithin - pause) / lead of it is borne by waiting (the fluid queue: Newell,
      Applications of Queueing Theory, 1982, ch. 2);
    - *doubt*: capacity that is known little is taken to be less.

    Growth is not in it: arrival is looked at ahead.
    """
    window = max(scaling.behavior.scale_down.stabilization_window, scaling.drain_within).total_seconds()
    working = 1 - min(pace.pause / window, 0.5)
    borne = max(0.0, scaling.oldest_within.total_seconds() - pace.pause) / pace.lead
    trembling = max(0.0, DEVIATIONS * noise - borne)
    found = 100 * working * (1 - DOUBT[confidence]) / (1 + trembling)
    return min(max(found, LEAST_PERCENT), MOST_PERCENT) / 100
