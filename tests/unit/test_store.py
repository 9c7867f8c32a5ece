from hypothesis import given
from hypothesis import strategies as st

from logpipeline.api.conditions import Reason
from logpipeline.core.model import Missing
from logpipeline.store import Store


def reading(at: float) -> Missing:
    return Missing(at, Reason.SOURCE_UNREACHABLE, "away")


times = st.lists(st.floats(min_value=0, max_value=10_000), min_size=1, max_size=200)


@given(times)
def test_time_goes_forward_within_a_window_whatever_the_clock_did(ats: list[float]) -> None:
    store = Store(window_seconds=900)
    for at in ats:
        store.append("key", reading(at))
    kept = [one.at for one in store.window("key")]
    assert kept == sorted(set(kept))
    assert kept[-1] == ats[-1]


@given(times, st.floats(min_value=1, max_value=1_000))
def test_no_window_is_longer_than_it_may_be(ats: list[float], seconds: float) -> None:
    store = Store(window_seconds=seconds)
    for at in ats:
        store.append("key", reading(at))
        window = store.window("key")
        assert window[-1].at - window[0].at <= seconds


@given(st.lists(st.floats(min_value=0, max_value=900), min_size=1, max_size=50, unique=True))
def test_nothing_within_the_window_is_forgotten(ats: list[float]) -> None:
    store = Store(window_seconds=900)
    for at in sorted(ats):
        store.append("key", reading(at))
    assert [one.at for one in store.window("key")] == sorted(ats)


def test_an_outage_of_days_does_not_fill_the_memory() -> None:
    store = Store(window_seconds=1e9, readings_at_most=100)
    for at in range(1_000):
        store.append("key", reading(at))
    assert [one.at for one in store.window("key")] == list(range(900, 1_000))


def test_the_same_window_is_given_until_the_next_reading() -> None:
    store = Store(window_seconds=900)
    store.append("key", reading(1))
    first = store.window("key")
    assert store.window("key") is first
    store.append("key", reading(2))
    assert len(store.window("key")) == 2
    assert len(first) == 1


def test_what_was_never_measured_has_an_empty_window() -> None:
    assert Store(window_seconds=900).window("key") == ()


def test_dropping_forgets_one_key_and_no_other() -> None:
    store = Store(window_seconds=900)
    for key in ("gone", "kept"):
        store.append(key, reading(1))
        store.window(key)
    store.drop(["gone", "never heard of"])
    assert store.window("gone") == ()
    assert len(store.window("kept")) == 1
