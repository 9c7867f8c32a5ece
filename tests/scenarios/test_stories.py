"""Every story in this folder is played on a clock of its own, and what it promises is looked for."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from logpipeline.api.conditions import Reason
from tests.scenarios.play import Moment, play
from tests.scenarios.story import Expectation, Story

STORIES = sorted(Path(__file__).parent.glob("*.yaml"))
LEFT_OUT = {Reason.SCALED_UP, Reason.SCALED_DOWN}


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_story_comes_true(path: Path) -> None:
    story = Story.model_validate(yaml.safe_load(path.read_text()))
    moments = play(story)
    broken = [sentence for expectation in story.expect for sentence in complaints(expectation, moments)]
    assert not broken, f"{story.story}\n" + "\n".join([*broken, "The counts were:", *path_of(moments)])


def test_a_story_ends_as_it_did_before() -> None:
    story = Story.model_validate(yaml.safe_load((Path(__file__).parent / "restart.yaml").read_text()))
    assert path_of(play(story)) == path_of(play(story))


def complaints(expectation: Expectation, moments: Sequence[Moment]) -> list[str]:
    """What of an expectation did not come true, in sentences."""
    since, until = expectation.since.total_seconds(), expectation.until.total_seconds()
    seen = [moment for moment in moments if since <= moment.at <= until]
    if not seen:
        return [f"{expectation.because}: nothing was seen between {since:.0f} s and {until:.0f} s"]
    wrong = [*_of_counts(expectation, seen), *_of_reasons(expectation, seen)]
    most = expectation.waiting_at_most
    if most is not None and seen[-1].waiting > most:
        wrong.append(f"{seen[-1].waiting} records wait at {seen[-1].at:.0f} s")
    return [f"{expectation.because}: {sentence}" for sentence in wrong]


def _of_counts(expectation: Expectation, seen: Sequence[Moment]) -> list[str]:
    wrong = []
    counts = [moment.replicas for moment in seen]
    if (bounds := expectation.always) is not None:
        odd = [m for m in seen if not bounds.at_least <= m.replicas <= bounds.at_most]
        wrong += [f"{m.replicas} replicas at {m.at:.0f} s" for m in odd[:1]]
    bounds = expectation.reaches
    if bounds is not None and not any(bounds.at_least <= count <= bounds.at_most for count in counts):
        wrong.append(f"never reached, from {min(counts)} to {max(counts)} replicas")
    if (bounds := expectation.advises) is not None:
        advised = [(m.at, stage.replicas) for m in seen for stage in m.decision.stages.values()]
        odd_advice = [(at, n) for at, n in advised if n is None or not bounds.at_least <= n <= bounds.at_most]
        wrong += [f"{count} replicas advised at {at:.0f} s" for at, count in odd_advice[:1]]
    if (bounds := expectation.arrival) is not None:
        rates = [(m.at, _arrival(m)) for m in seen]
        odd_rates = [(at, n) for at, n in rates if n is None or not bounds.at_least <= n <= bounds.at_most]
        wrong += [f"{rate} records/s arrived at {at:.0f} s" for at, rate in odd_rates[:1]]
    if expectation.never_fewer:
        fell = [after for before, after in pairwise(seen) if after.replicas < before.replicas]
        wrong += [f"fell to {moment.replicas} replicas at {moment.at:.0f} s" for moment in fell[:1]]
    changes = sum(before != after for before, after in pairwise(counts))
    if expectation.changes_at_most is not None and changes > expectation.changes_at_most:
        wrong.append(f"the count changed {changes} times")
    return wrong


def _arrival(moment: Moment) -> float | None:
    measured = [stage.measures for stage in moment.decision.stages.values() if stage.measures]
    known = [float(measures.arrival.sum()) for measures in measured if measures.arrival is not None]
    return sum(known) if known else None


def _of_reasons(expectation: Expectation, seen: Sequence[Moment]) -> list[str]:
    fired = {applied.rule for m in seen for stage in m.decision.stages.values() for applied in stage.rules}
    wrong = [f"{rule} did not shape it" for rule in expectation.rules if rule not in fired]
    wrong += [f"{rule} shaped it" for rule in expectation.never if rule in fired]
    told = tuple(a.reason for m in seen for a in m.announcements if a.reason not in LEFT_OUT)
    if expectation.told is not None and told != expectation.told:
        wrong.append(f"told was {', '.join(told)}")
    return wrong


def path_of(moments: Sequence[Moment]) -> list[str]:
    """When the count became what, and why."""
    first = moments[0]
    lines = [f"{first.at:6.0f} s {first.replicas}"]
    for before, after in pairwise(moments):
        if before.replicas != after.replicas:
            why = next(iter(before.decision.stages.values())).line
            lines.append(f"{after.at:6.0f} s {after.replicas:4} {after.waiting:10,} wait  {why}")
    return lines
