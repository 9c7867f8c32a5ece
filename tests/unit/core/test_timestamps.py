"""Times of the Kubernetes API."""

import pytest

from logpipeline.core.timestamps import read_time, spell_time


def test_a_time_is_spelled_as_kubernetes_does_and_read_back() -> None:
    assert spell_time(1_794_326_400.9) == "2026-11-10T16:00:00Z"
    assert read_time("2026-11-10T16:00:00Z") == 1_794_326_400


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        read_time("yesterday")
