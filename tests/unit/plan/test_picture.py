"""The picture: as high as the highest floor, as wide as the period, and without a step that is lost."""

from datetime import UTC
from pathlib import Path

from logpipeline.plan.inventory import read_files
from logpipeline.plan.options import Options
from logpipeline.plan.picture import COLUMNS, column_seconds, picture_of
from logpipeline.plan.plan import Period, plan_of
from tests.unit.core.given import NOW
from tests.unit.plan.given import logs, noon, written

DAY = 86_400.0


def drawn(folder: Path, hours: float, **changes: object) -> list[str]:
    path = Path(written(folder, logs(), noon(expected={"replicas": {"index": 8}}, **changes)))
    options = Options(files=(path,), begins=NOW - NOW % DAY, hours=hours)
    plan = plan_of(read_files(options), options, NOW)
    return picture_of(plan.stages[0], plan.period, UTC).plain.splitlines()


def test_a_column_is_a_multiple_of_five_minutes_in_periods_of_a_day() -> None:
    assert column_seconds(Period(0, DAY)) == 1_200
    assert column_seconds(Period(0, 6 * 3_600)) == 300
    assert column_seconds(Period(0, 3_600)) == 60


def test_a_day_fits_beside_its_scale(tmp_path: Path) -> None:
    lines = drawn(tmp_path, 24, schedule={"cron": "0 12 * * *"})
    assert max(map(len, lines)) <= COLUMNS + len("   8 ┤")
    assert lines[0].startswith("   8 ┤")
    assert lines[-1].split() == ["00:00", "04:00", "08:00", "12:00", "16:00", "20:00"]


def test_the_bar_stands_where_the_event_is(tmp_path: Path) -> None:
    top = drawn(tmp_path, 24, schedule={"cron": "0 12 * * *"})[0][len("   8 ┤") :]
    assert [place for place, mark in enumerate(top) if mark == "█"] == [34, 35, 36, 37, 38, 39]


def test_an_event_of_a_minute_is_not_lost_in_a_month(tmp_path: Path) -> None:
    short = {"duration": "1m", "leadTime": "0s", "readyBefore": "0s", "rampDown": "0s"}
    lines = drawn(tmp_path, 24 * 31, schedule={"cron": "0 12 19 * *"}, **short)
    assert lines[0].count("█") == 1
