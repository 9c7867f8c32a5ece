from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from logferry.curve import constant, parse_curve
from logferry.generate import Generator, Plan, Report
from logferry.health import Health
from logferry.lifecycle import Shutdown
from logferry.telemetry import Metrics
from logferry.templates import RecordFactory


class Plant:
    """A clock and a store in one: sending and waiting take time on it."""

    def __init__(self, seconds_per_record: float = 0.0) -> None:
        self.now = 0.0
        self.acknowledged = 0
        self.sent_at: list[tuple[float, int]] = []
        self._seconds_per_record = seconds_per_record

    def clock(self) -> float:
        return self.now

    def send(self, first: int, records: Sequence[bytes]) -> None:
        assert first == self.acknowledged
        self.now += len(records) * self._seconds_per_record
        self.acknowledged += len(records)
        self.sent_at.append((self.now, len(records)))

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def flush(self) -> None:
        pass

    def sent_between(self, start: float, end: float) -> int:
        return sum(records for time, records in self.sent_at if start <= time < end)


def run(plan: Plan, plant: Plant) -> Report:
    shutdown = Shutdown()
    try:
        records = RecordFactory("p", 1, lambda: datetime(2026, 1, 1, tzinfo=UTC))
        return Generator(
            plan,
            "p",
            records,
            plant,
            shutdown=shutdown,
            health=Health(),
            metrics=Metrics(),
            clock=plant.clock,
        ).run()
    finally:
        shutdown.close()


def test_a_rate_holds_from_second_to_second():
    plant = Plant()
    report = run(Plan(constant(500), seconds=10), plant)

    assert report.sent == 5_000
    for second in range(10):
        assert plant.sent_between(second, second + 1) == pytest.approx(500, rel=0.05)


def test_a_curve_is_followed_through_a_surge():
    plant = Plant()
    run(Plan(parse_curve("0s:100 5s:100 5s:10000 10s:10000"), seconds=10), plant)

    assert plant.sent_between(0, 5) == pytest.approx(500, rel=0.05)
    assert plant.sent_between(5, 11) == pytest.approx(50_000, rel=0.05)


def test_a_count_is_met_exactly():
    report = run(Plan(count=12_345), Plant(1e-6))
    assert (report.sent, report.first_id, report.last_id) == (12_345, "p-0", "p-12344")


def test_a_generator_that_fell_behind_finishes_what_was_due():
    plant = Plant(seconds_per_record=0.001)
    report = run(Plan(constant(2_000), seconds=5), plant)
    assert report.sent == 10_000
    assert report.seconds == pytest.approx(10, rel=0.05)


def test_as_fast_as_it_goes_ends_in_time():
    report = run(Plan(seconds=2), Plant(seconds_per_record=0.0001))
    assert report.seconds == pytest.approx(2, rel=0.2)


def test_nothing_to_send_is_reported_as_nothing():
    report = run(Plan(constant(0), seconds=1), Plant())
    assert (report.sent, report.first_id, report.per_second) == (0, None, 0)
