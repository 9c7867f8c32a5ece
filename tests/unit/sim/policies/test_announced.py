"""A sale that was announced, played from its warming to its end."""

import random
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import numpy as np

from logpipeline.sim.figures import figures_of, replica_hours_between
from logpipeline.sim.policies import POLICIES
from logpipeline.sim.run import run
from logpipeline.sim.track import Track
from logpipeline.simulate.options import EventOptions, Options
from logpipeline.simulate.subject import Subject, subject_of

EXAMPLES = Path(__file__).parents[4] / "examples"
SEED = 1


def subject(truth_factor: float = 1.0) -> Subject:
    """The example."""
    event = EventOptions((EXAMPLES / "events" / "double-eleven.yaml",), truth_factor)
    return subject_of(Options(scenario=EXAMPLES / "scenarios" / "announced-sale.yaml", events=event))


@cache
def played(policy: str = "logpipeline", truth_factor: float = 1.0, restarts: tuple[int, ...] = ()) -> Track:
    given = subject(truth_factor)
    moments = tuple(timedelta(seconds=second) for second in restarts)
    scenario = given.scenario.model_copy(update={"restarts": moments})
    setting = replace(given, scenario=scenario).setting(SEED)
    return run(setting, POLICIES[policy](setting))


def wanted(track: Track, until: float) -> list[float]:
    return track.stages["index"].wanted[track.at <= until].tolist()


def test_nobody_waits_for_a_sale_that_was_announced() -> None:
    figures = figures_of(played())
    assert (figures.minutes_above_threshold, figures.minutes_late) == (0.0, 0.0)


def test_one_that_is_half_as_large_again_is_late_for_a_minute_at_most() -> None:
    assert figures_of(played(truth_factor=1.5)).minutes_late <= 1.0


def test_it_costs_hardly_more_than_knowing_the_future() -> None:
    (sale,) = subject().sales.sales
    times = sale.announced.occurrence
    ours, known = (
        replica_hours_between(played(policy), times.start, times.end)
        for policy in ("logpipeline", "clairvoyant")
    )
    assert ours <= 1.15 * known


def test_an_operator_that_is_killed_at_twenty_moments_takes_the_same_path() -> None:
    """On the way down a new one waits for a whole window: there it may only have more."""
    (sale,) = subject().sales.sales
    end, start = sale.announced.occurrence.end, subject().start
    warming, over = (
        int(at - start) for at in (sale.announced.occurrence.warming, sale.announced.occurrence.over)
    )
    moments = tuple(sorted(random.Random(7).sample(range(warming - 60, over), 20)))  # noqa: S311 - no secret
    calm, shaken = played(), played(restarts=moments)
    assert wanted(calm, end) == wanted(shaken, end)
    assert np.all(shaken.stages["index"].wanted >= calm.stages["index"].wanted)
    assert figures_of(shaken).minutes_late == 0.0


def test_those_who_cannot_be_told_see_nothing_of_it_before() -> None:
    (sale,) = subject().sales.sales
    start = sale.announced.occurrence.start
    assert set(wanted(played("hpa"), start)) == {2.0}
    assert figures_of(played("hpa")).minutes_late > 0
