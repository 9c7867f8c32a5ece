"""The benchmark of fidelity: how both sides are recorded, compared, and set up from one scenario."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.fidelity import figures, simulated
from bench.fidelity.__main__ import SCENARIO, both, details_of
from bench.fidelity.figures import AGREED, Pair, burst_begins, drain_seconds, figures_of
from bench.fidelity.real import Played
from bench.fidelity.recording import Recording, Sight, oldest, track_of
from bench.fidelity.subject import curve, deployment, pipeline
from bench.fidelity.watch import Watch
from logferry.curve import parse_curve
from logpipeline.api.conditions import Reason
from logpipeline.core.model import Workload
from logpipeline.core.readings import Missing, PartitionId, Sample, Sharing
from logpipeline.sim.arrivals import curve_of
from logpipeline.sim.policy import Seen
from logpipeline.sim.setting import START
from logpipeline.sim.track import Track
from logpipeline.simulate.documents import read_scenario
from logpipeline.simulate.subject import Subject

FIDELITY = read_scenario(SCENARIO)


@pytest.fixture(scope="module")
def played() -> Played:
    """A real side whose part the simulator plays."""
    subject = Subject(FIDELITY, curve_of(FIDELITY.arrivals), START, None)
    recording = replace(simulated.play(subject, seed=1), side="real")
    return Played(recording, start_up_seconds=(16.0, 16.0), sent=1)


@pytest.fixture(scope="module")
def tracks(played: Played) -> tuple[Track, Track]:
    return both(FIDELITY, played, simulated.subject_of(FIDELITY, played), seed=1)


def sight(at: float, produced: int, consumed: int, replicas: int = 2) -> Sight:
    counters = (np.array([produced]), np.array([consumed]))
    sample = Sample(at, Sharing.PARTITIONED, (PartitionId("index", 0),), *counters)
    return Sight(sample, replicas, replicas)


def changed(track: Track, **series: object) -> Track:
    stages = {name: replace(stage, **series) for name, stage in track.stages.items()}
    return replace(track, stages=stages)


def pairs_of(real: Track, other: Track) -> list[Pair]:
    return figures.pairs_of(real, other, burst_begins(FIDELITY))


def test_a_real_side_that_is_the_simulator_agrees_with_it(tracks: tuple[Track, Track]) -> None:
    pairs = pairs_of(*tracks)
    assert len(pairs) == 8
    assert [pair.name for pair in pairs if pair.apart > 1] == []


def test_what_takes_a_quarter_longer_or_more_is_missed(tracks: tuple[Track, Track]) -> None:
    real, simulated_track = tracks
    (stage,) = simulated_track.stages.values()
    worse = changed(simulated_track, backlog=1.25 * stage.backlog, wanted=stage.wanted + 2)
    missed = {figure.name for figure in figures_of([pairs_of(real, worse)]) if not figure.kept}
    assert missed == {f"{name}: apart at most" for name in ("Peak backlog", "Mean backlog")} | {
        f"{name}: apart at most" for name in ("Replica-seconds", "Path of replicas asked for")
    }


def test_the_run_that_is_furthest_apart_is_told(tracks: tuple[Track, Track]) -> None:
    real, other = tracks
    (stage,) = other.stages.values()
    twice = changed(other, backlog=2 * stage.backlog)
    (peak, *_) = figures_of([pairs_of(real, other), pairs_of(real, twice), pairs_of(real, other)])
    assert peak.value == pytest.approx(100, abs=1)
    assert peak.limit == AGREED


def test_a_path_that_is_as_long_but_elsewhere_is_apart(tracks: tuple[Track, Track]) -> None:
    real, other = tracks
    (stage,) = other.stages.values()
    late = {pair.name: pair for pair in pairs_of(real, changed(other, wanted=np.roll(stage.wanted, 40)))}
    assert late["Replica-seconds"].apart == pytest.approx(0, abs=1)
    assert late["Path of replicas asked for"].apart > AGREED


def test_a_drain_lasts_from_the_burst_until_little_is_left_after_the_peak() -> None:
    assert drain_seconds(np.array([0.0, 5, 100, 60, 10, 0]), little=10, burst=1) == 3
    assert drain_seconds(np.array([0.0, 5, 100, 60, 50, 40]), little=10, burst=1) == 5, "it never ended"


def test_the_burst_begins_where_the_rate_does_not_stay() -> None:
    assert burst_begins(FIDELITY) == 45


def test_looks_that_come_late_are_put_where_they_belong() -> None:
    sights = [sight(100.0, 0, 0), sight(101.2, 120, 10), sight(103.0, 300, 210, replicas=4)]
    track = track_of(Recording("real", 100.0, sights, ()), FIDELITY, seed=1)
    (stage,) = track.stages.values()
    assert track.at[:3].tolist() == [101, 102, 103]
    assert stage.arrival[1:3] == pytest.approx([100, 100])
    assert stage.backlog[:3] == pytest.approx([90, 190, 90]), (
        "commits are steps, and none was seen in between"
    )
    assert stage.wanted[:3].tolist() == [2, 2, 4]


def test_what_could_not_be_measured_is_left_out_of_a_recording() -> None:
    gone = Missing(1.0, Reason.SOURCE_UNREACHABLE, "no broker answered: look whether it runs")
    assert Sight.of(Seen(gone, Workload("real", 2, 2))) is None
    whole = sight(1.0, 10, 5).sample
    assert Sight.of(Seen(whole, Workload("real", 3, None))) == Sight(whole, 3, 0)
    part = replace(whole, missing=(PartitionId("index", 1),))
    assert Sight.of(Seen(part, Workload("real", 3, 3))) is None


def test_the_age_is_that_of_the_partition_that_is_behind_the_longest() -> None:
    at = np.array([1.0, 2, 3, 4])
    produced = np.array([[10.0, 10], [20, 20], [30, 30], [40, 40]])
    consumed = np.array([[10.0, 10], [20, 10], [30, 10], [40, 30]])
    assert oldest(at, produced, consumed).tolist() == [0, 1, 2, 1]


def test_the_generator_sends_what_the_scenario_says() -> None:
    sent, meant = parse_curve(curve(FIDELITY)), curve_of(FIDELITY.arrivals)
    seconds = [0.5, 44.5, 52.5, 90.5, 123.5, 200.5]
    assert [sent.rate(second) for second in seconds] == pytest.approx([meant(second) for second in seconds])
    assert sent.seconds == FIDELITY.until.total_seconds()


def test_the_workers_are_what_the_scenario_takes_them_for() -> None:
    spec = deployment(FIDELITY, "kafka:1", Path("/store"))["spec"]
    arguments = spec["template"]["spec"]["containers"][0]["args"]  # type: ignore[index]
    assert {"--limit=300", "--commit-interval=5s", "--topic=index", "--kafka=kafka:1"} <= set(arguments)


def test_the_operator_is_told_the_scenario_s_own_spec_at_another_address() -> None:
    (told,) = pipeline(FIDELITY, "broker:1")["spec"]["stages"]  # type: ignore[index]
    assert told["source"]["kafka"]["bootstrapServers"] == "broker:1"
    assert told["scaling"]["maxReplicas"] == FIDELITY.pipeline.stages[0].scaling.max_replicas


def test_the_simulator_is_given_what_was_counted_and_measured(played: Played) -> None:
    slow = replace(played, start_up_seconds=(20.0, 24.0))
    subject = simulated.subject_of(FIDELITY, slow)
    truth = subject.scenario.stages["index"]
    assert truth.start_up.total_seconds() == 21, "22 s in the mean, one of which is the rebalance"
    assert truth.start_up_spread.total_seconds() == 2
    assert sum(subject.arrivals(second + 0.5) for second in range(270)) == pytest.approx(
        sum(curve_of(FIDELITY.arrivals)(second + 0.5) for second in range(1, 270)), abs=24
    )


def test_a_decision_is_read_from_its_event_once() -> None:
    watch = Watch(clock=lambda: 7.0)
    claimed = {"metadata": {"uid": "a"}, "message": "index: owns the replica count, 2"}
    scaled = {"metadata": {"uid": "b"}, "message": "index: 2→5: arrival 1k/s needs 5"}
    for event in (claimed, scaled, scaled):
        watch.told(event)
    assert [(change.at, change.before, change.after, change.line) for change in watch.changes] == [
        (7.0, 2, 5, "2→5: arrival 1k/s needs 5")
    ]


def test_a_pod_starts_from_its_creation_to_ready_and_those_of_before_do_not_count() -> None:
    now = [0.0]
    watch = Watch(clock=lambda: now[0])
    unready, ready = ({"conditions": [{"type": "Ready", "status": said}]} for said in ("False", "True"))
    steps = [(1, "old", unready), (5, "new", {}), (9, "old", ready), (12, "new", unready), (22, "new", ready)]
    for moment, name, status in steps:
        now[0] = moment
        watch.lived({"metadata": {"name": name}, "status": status})
    assert watch.start_up_seconds(since=3.0) == [17]


def test_details_hold_each_run(played: Played, tracks: tuple[Track, Track]) -> None:
    details = details_of([played, played], [pairs_of(*tracks)] * 2)
    first, second = details["runs"]  # type: ignore[misc]
    assert first == second
    assert first["figures"][0]["name"] == "Peak backlog"
