import pytest
from rich.console import Console

from sandbox.demo.journal import Journal, StageFigures
from sandbox.demo.shop import Shop, ShownStage
from sandbox.demo.table import clock_text, draw, plain_lines, sparkline

SHOP = Shop(
    namespace="shop",
    pipeline="access-logs",
    stages=(
        ShownStage("collect", "log-collector", "Redis stream gin_logs", 1),
        ShownStage("index", "log-indexer", "Kafka topic access-log", 2),
    ),
    stream="gin_logs",
    topic="access-log",
    group="indexers",
    alert_backlog=1_000_000,
)


@pytest.fixture
def journal() -> Journal:
    journal = Journal(clock=lambda: 100.0)
    index = StageFigures(1_240_000, 52_100, 31_000, 41.4, observed=12, ready=3, wanted=12)
    journal.asked_operator({"collect": StageFigures(), "index": index}, measured_anew=True)
    return journal


def drawn(journal: Journal) -> str:
    console = Console(width=120)
    with console.capture() as capture:
        console.print(draw(journal, SHOP))
    return capture.get()


def test_a_stage_is_drawn_with_its_numbers(journal: Journal) -> None:
    line = next(line for line in drawn(journal).splitlines() if " index " in line)
    for number in ("1,240,000", "52,100", "31,000", "41 s", "3/12/12"):
        assert number in line


def test_what_is_not_known_is_a_question_mark_and_not_a_zero(journal: Journal) -> None:
    line = next(line for line in drawn(journal).splitlines() if " collect " in line)
    assert "?/?/?" in line
    assert "0" not in line


def test_an_operator_that_does_not_answer_is_seen(journal: Journal) -> None:
    assert "does not answer" not in drawn(journal)
    journal.operator_silent()
    assert "does not answer" in drawn(journal)
    assert "1,240,000" in drawn(journal)


def test_the_last_events_are_drawn_with_their_reason(journal: Journal) -> None:
    for number in range(7):
        journal.heard("ScaledUp", f"message {number}")
    picture = drawn(journal)
    assert "ScaledUp" in picture
    assert "message 6" in picture
    assert "message 0" not in picture


def test_a_log_gets_one_line_for_each_stage(journal: Journal) -> None:
    collect, index = plain_lines(journal, SHOP)
    assert "? waiting" in collect
    assert "1,240,000 waiting" in index
    assert "3/12/12" in index


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ((), ""),
        ((0, 0), "  "),
        ((1, 2), "▂▄"),  # an ordinary day is no mountain
        ((0, 4, 8), " ▄█"),
        ((1, 1_000_000), "▁█"),  # little is still something
        ((1, 4, 6, 8, 2), "▄█▂"),  # two values to a bar, the higher of them
    ],
)
def test_the_sparkline_shows_all_values_against_their_highest(values: tuple[float, ...], bars: str) -> None:
    assert sparkline(values, columns=3, full_at=4) == bars


def test_the_clock_counts_minutes_and_seconds() -> None:
    assert [clock_text(seconds) for seconds in (0, 9.9, 75)] == ["0:00", "0:09", "1:15"]
