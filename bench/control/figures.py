"""The numbers to reach, on the days of the World Cup."""

from collections.abc import Sequence

from bench.control.contest import TOO_HIGH, TOO_LOW, WRONG
from bench.harness import Figure
from logpipeline.sim.figures import Summary
from logpipeline.simulate.runs import OURS

LATE_MINUTES, LATE_MINUTES_MISLED, REBALANCES, EFFICIENCY = 0.5, 2.0, 30.0, 0.58


def figures_of(overall: Sequence[Summary]) -> list[Figure]:
    """What is promised for twelve hours, in the mean of the days, and what the worst day was like."""
    by_policy = {summary.policy: summary for summary in overall}
    ours = by_policy[OURS]
    figures = [
        Figure("Above a million records, worst day", ours.most.minutes_above_threshold, "min", 0.0),
        Figure("Late, mean", ours.mean.minutes_late, "min", LATE_MINUTES),
        Figure("Late, worst day", ours.most.minutes_late, "min"),
        Figure("Efficiency, mean", ours.mean.efficiency, "", least=EFFICIENCY),
        Figure("Efficiency, worst day", ours.least.efficiency, ""),
        Figure("Rebalances, mean", ours.mean.rebalances, "", REBALANCES),
        Figure("Rebalances, worst day", ours.most.rebalances, ""),
    ]
    for guess, words in ((TOO_LOW, "too little"), (TOO_HIGH, "too much")):
        misled = by_policy[WRONG[guess].label]
        figures += [
            Figure(f"Told 60 % {words}: late, mean", misled.mean.minutes_late, "min", LATE_MINUTES_MISLED),
            Figure(f"Told 60 % {words}: late, worst day", misled.most.minutes_late, "min"),
            Figure(f"Told 60 % {words}: efficiency, mean", misled.mean.efficiency, ""),
        ]
    return [Figure(f.name, round(f.value, 3), f.unit, f.limit, f.least) for f in figures]
