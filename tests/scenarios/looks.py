"""What of a story's expectations did not come true, in sentences."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from logpipeline.api.conditions import Reason
from tests.scenarios.play import Glance, Moment
from tests.scenarios.story import Bounds, Expectation

LEFT_OUT = {Reason.SCALED_UP, Reason.SCALED_DOWN}
G = TypeVar("G", bound=Glance)


def broken_promises(expectation: Expectation, moments: Sequence[Moment]) -> list[str]:
    """All that was to be seen and was not."""
    seen = _between(expectation, moments)
    wrong = [*counts_amiss(expectation, moments), *_figures_amiss(expectation, seen)]
    wrong += _reasons_amiss(expectation, seen)
    return [f"{expectation.because}: {sentence}" for sentence in wrong]


def counts_amiss(expectation: Expectation, glances: Sequence[Glance]) -> list[str]:
    """What anybody can see, whoever sets the count."""
    seen = _between(expectation, glances)
    if not seen:
        return ["nothing was seen then"]
    wrong = []
    counts = [glance.replicas for glance in seen]
    if (bounds := expectation.always) is not None:
        odd = [glance for glance in seen if not _is_within(bounds, glance.replicas)]
        wrong += [f"{glance.replicas} replicas at {glance.at:.0f} s" for glance in odd[:1]]
    bounds = expectation.reaches
    if bounds is not None and not any(_is_within(bounds, count) for count in counts):
        wrong.append(f"never reached, from {min(counts)} to {max(counts)} replicas")
    if expectation.never_fewer:
        fell = [after for before, after in pairwise(seen) if after.replicas < before.replicas]
        wrong += [f"fell to {glance.replicas} replicas at {glance.at:.0f} s" for glance in fell[:1]]
    changes = sum(before != after for before, after in pairwise(counts))
    if expectation.changes_at_most is not None and changes > expectation.changes_at_most:
        wrong.append(f"the count changed {changes} times")
    most = expectation.waiting_at_most
    if most is not None and seen[-1].waiting > most:
        wrong.append(f"{seen[-1].waiting} records wait at {seen[-1].at:.0f} s")
    return wrong


def path_of(glances: Sequence[Glance]) -> list[str]:
    """When the count became what, and why."""
    lines = [f"{glances[0].at:6.0f} s {glances[0].replicas}"]
    for before, after in pairwise(glances):
        if before.replicas != after.replicas:
            why = next(iter(before.decision.stages.values())).line if isinstance(before, Moment) else ""
            lines.append(f"{after.at:6.0f} s {after.replicas:4} {after.waiting:10,} wait  {why}")
    return lines


def _between(expectation: Expectation, seen: Sequence[G]) -> list[G]:
    since, until = expectation.since.total_seconds(), expectation.until.total_seconds()
    return [glance for glance in seen if since <= glance.at <= until]


def _is_within(bounds: Bounds, figure: float | None) -> bool:
    return figure is not None and bounds.at_least <= figure <= bounds.at_most


def _figures_amiss(expectation: Expectation, seen: Sequence[Moment]) -> Iterator[str]:
    """What the operator makes of it, at every moment."""
    looks: tuple[tuple[Bounds | None, Callable[[Moment], list[float | None]], str], ...] = (
        (expectation.advises, _advised, "replicas advised"),
        (expectation.arrival, _arriving, "records/s arrived"),
        (expectation.capacity, _learned, "records/s learned of a replica"),
    )
    for bounds, figures, name in looks:
        if bounds is not None:
            odd = ((m.at, figure) for m in seen for figure in figures(m) if not _is_within(bounds, figure))
            yield from (f"{figure} {name} at {at:.0f} s" for at, figure in list(odd)[:1])


def _advised(moment: Moment) -> list[float | None]:
    return [stage.replicas for stage in moment.decision.stages.values()]


def _arriving(moment: Moment) -> list[float | None]:
    measured = [stage.measures for stage in moment.decision.stages.values() if stage.measures]
    known = [float(measures.arrival.sum()) for measures in measured if measures.arrival is not None]
    return [sum(known) if known else None]


def _learned(moment: Moment) -> list[float | None]:
    known = (memory.learned for memory in moment.decision.memory.stages.values())
    return [learned and learned.records_per_second for learned in known]


def _reasons_amiss(expectation: Expectation, seen: Sequence[Moment]) -> list[str]:
    stages = [stage for moment in seen for stage in moment.decision.stages.values()]
    fired = {applied.rule for stage in stages for applied in stage.rules}
    given = {symptom for stage in stages if stage.verdicts for symptom in stage.verdicts.stage}
    wrong = [f"{rule} did not shape it" for rule in expectation.rules if rule not in fired]
    wrong += [f"{rule} shaped it" for rule in expectation.never if rule in fired]
    wrong += [f"{symptom} was not said" for symptom in expectation.verdicts if symptom not in given]
    told = tuple(a.reason for moment in seen for a in moment.announcements if a.reason not in LEFT_OUT)
    if expectation.told is not None and told != expectation.told:
        wrong.append(f"told was {', '.join(told)}")
    return wrong
