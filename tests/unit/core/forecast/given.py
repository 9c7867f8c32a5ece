"""Traffic that the tests of the forecast begin with: half-hour steps, so that weeks are short."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from logpipeline.core.forecast.forecast import Forecast, Unavailable, forecast
from logpipeline.core.forecast.series import Series
from logpipeline.core.readings import Rates

MONDAY = 1_794_787_200.0
"""16 November 2026, 00:00 UTC."""
STEP, DAY = 1_800.0, 48
AHEAD = 4
"""Steps of the two hours that are forecast."""


def midnight(zone: str, day: str) -> float:
    """When a local day begins, Unix seconds."""
    return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).timestamp()


def series(rates: Rates, start: float = MONDAY, zone: tzinfo = UTC) -> Series:
    return Series(start, STEP, rates, zone)


def daily(days: float, zone: tzinfo = UTC, start: float = MONDAY) -> Rates:
    """1,000/s, and on top of it a peak at nine o'clock of local time that is as high as four times that."""
    starts = start + STEP * np.arange(round(days * DAY))
    moments = [datetime.fromtimestamp(at, zone) for at in starts]
    hours = np.array([moment.hour + moment.minute / 60 for moment in moments])
    return 1_000 + 4_000 * np.exp(-(((hours - 9) / 1.5) ** 2))


def noise(size: int, by: float = 0.05, seed: int = 1) -> Rates:
    return np.maximum(0.0, 1 + by * np.random.default_rng(seed).standard_normal(size))


def told(given: Series, ahead_seconds: float = 7_200.0) -> Forecast:
    """A forecast that is there."""
    found = forecast(given, ahead_seconds)
    assert not isinstance(found, Unavailable), found.message
    return found
