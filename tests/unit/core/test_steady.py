"""What is said does not flicker, and what is wrong is said at once."""

from collections.abc import Sequence
from types import MappingProxyType

import pytest

from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.core.decide import decide
from logpipeline.core.memory import Memory
from logpipeline.core.model import Announcement, Obstacle, Said, Statement, Urgency
from logpipeline.core.news import is_urgent
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.readings import Reading
from logpipeline.core.status import status_of
from logpipeline.core.steady import steadied
from logpipeline.core.window import Window
from tests.unit.core.given import NOW, missing, partitions, sample, spec, stage, workload

PASS_SECONDS = 5


def whole(step: int) -> Reading:
    return sample(NOW + PASS_SECONDS * step, [1000 * step] * 8, [1000 * step] * 8)


def partly(step: int) -> Reading:
    return sample(
        NOW + PASS_SECONDS * step,
        [1000 * step] * 7,
        [1000 * step] * 7,
        missing=partitions(8)[7:],
        missing_because="Broker 2 is slow.",
    )


def away(step: int) -> Reading:
    return missing(NOW + PASS_SECONDS * step)


class Watcher:
    """What people see of one pipeline, pass by pass."""

    def __init__(self) -> None:
        self.window, self.memory = Window(), Memory()
        self.told: list[Announcement] = []
        self.reasons: list[Reason] = []
        self.urgent_writes = 0
        self.status = None
        self.step = 0

    def see(self, kinds: Sequence[str], *, group: str = "indexers", obstacle: Obstacle | None = None) -> None:
        for kind in kinds:
            now = NOW + PASS_SECONDS * self.step
            reading = {"w": whole, "p": partly, "a": away}[kind](self.step)
            self.window = self.window.extended(reading)
            of = stage(minReplicas=5, maxReplicas=5)
            kafka = of.source.kafka
            assert kafka is not None
            source = of.source.model_copy(
                update={"kafka": kafka.model_copy(update={"consumer_group": group})}
            )
            wanted = spec(of.model_copy(update={"source": source}))
            seen = StageObservation(self.window, workload(5), obstacle)
            what = Observation(MappingProxyType({"index": seen}))
            decision = decide(wanted, what, self.memory, now)
            status = status_of(wanted, what, decision, self.status, 1)
            self.urgent_writes += is_urgent(self.status, status)
            self.status, self.memory = status, decision.memory
            self.told += decision.announcements
            said = {statement.type: statement for statement in decision.statements}
            self.reasons.append(said[ConditionType.SOURCES_AVAILABLE].reason)
            self.step += 1

    def events(self) -> list[tuple[Urgency, Reason]]:
        return [(each.urgency, each.reason) for each in self.told]


PARTLY_TOLD = (Urgency.WARNING, Reason.PARTLY_MEASURED)
OVER_TOLD = (Urgency.NORMAL, Reason.MEASURED)


@pytest.mark.parametrize("begins", ["www", "p"])
def test_a_broker_that_is_slow_in_every_second_pass_is_one_event_and_not_120(begins: str) -> None:
    watcher = Watcher()
    watcher.see(begins)
    written = watcher.urgent_writes
    watcher.see("wp" * 60)
    assert watcher.events() == [PARTLY_TOLD]
    assert set(watcher.reasons[8:]) == {Reason.PARTLY_MEASURED}
    assert watcher.urgent_writes <= written + 4


def test_what_is_mended_is_said_at_once_and_announced_after_a_minute() -> None:
    watcher = Watcher()
    watcher.see("wwpw")
    assert watcher.reasons[-1] is Reason.MEASURED
    watcher.see("w" * 11)
    assert watcher.events() == [PARTLY_TOLD]
    watcher.see("w")
    assert watcher.events() == [PARTLY_TOLD, OVER_TOLD]


def test_the_end_of_what_comes_and_goes_is_said_after_a_minute() -> None:
    watcher = Watcher()
    watcher.see("wwpwp" + "w" * 12)
    assert set(watcher.reasons[4:]) == {Reason.PARTLY_MEASURED}
    watcher.see("w")
    assert watcher.reasons[-1] is Reason.MEASURED
    assert watcher.events() == [PARTLY_TOLD, OVER_TOLD]


def test_what_is_mended_before_it_was_ever_well_is_said_at_once() -> None:
    watcher = Watcher()
    watcher.see("aaw")
    assert watcher.reasons == [Reason.SOURCE_UNREACHABLE, Reason.SOURCE_UNREACHABLE, Reason.MEASURED]


def test_trouble_that_takes_turns_is_told_once_each() -> None:
    watcher = Watcher()
    watcher.see("www")
    written = watcher.urgent_writes
    watcher.see("paw" * 40)
    assert watcher.events() == [PARTLY_TOLD, (Urgency.WARNING, Reason.SOURCE_UNREACHABLE)]
    assert watcher.urgent_writes <= written + 4


@pytest.mark.parametrize("period", range(1, 30))
def test_whatever_the_rhythm_is_there_are_no_more_than_two_events_a_minute(period: int) -> None:
    watcher = Watcher()
    events = []
    for step in range(240):
        watcher.see("wp"[step // period % 2])
        events.append(len(watcher.told))
    assert events[-1] >= 1
    assert all(later - before <= 2 for before, later in zip(events, events[12:], strict=False))


def test_another_source_is_judged_anew() -> None:
    watcher = Watcher()
    watcher.see("wwpwp")
    watcher.see("w", group="others")
    assert watcher.reasons[-1] is Reason.MEASURED


def test_what_is_said_by_choice_is_never_kept_back() -> None:
    """Paused and back within a minute: neither is trouble, and both are said at once."""
    active = Statement(ConditionType.SCALING_ACTIVE, ConditionStatus.TRUE, Reason.SCALING, "2: why")
    paused = Statement(ConditionType.SCALING_ACTIVE, ConditionStatus.FALSE, Reason.PAUSED, "by choice")
    said: Said | None = None
    for step, statement in enumerate((active, paused, active, paused)):
        said = steadied(statement, said, NOW + step)
        assert said.told == statement


def test_a_clock_that_is_set_back_keeps_nothing_back_for_longer() -> None:
    watcher = Watcher()
    watcher.see("wwpwp")
    watcher.step -= 700
    watcher.see("w" * 14)
    assert watcher.reasons[-1] is Reason.MEASURED
