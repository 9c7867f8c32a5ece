from logpipeline.core.readings import Sample
from logpipeline.store import Store
from tests.unit.core.given import missing, sample


def reading(at: float) -> Sample:
    return sample(at, [100], [50])


def test_a_window_stays_as_it_was_handed_out() -> None:
    store = Store(window_seconds=900)
    store.append("key", reading(1))
    first = store.window("key")
    assert store.window("key") is first
    store.append("key", missing(2))
    assert first.newest is not None
    assert first.newest.at == 1
    assert store.window("key").newest == missing(2)


def test_what_was_never_measured_has_no_newest_reading() -> None:
    assert Store(window_seconds=900).window("key").newest is None


def test_a_window_is_no_longer_than_it_may_be() -> None:
    store = Store(window_seconds=300)
    for at in range(0, 1_000, 5):
        store.append("key", reading(at))
    history = store.window("key").history
    assert history is not None
    assert 260 <= history.span_seconds <= 300


def test_dropping_forgets_one_key_and_no_other() -> None:
    store = Store(window_seconds=900)
    for key in ("gone", "kept"):
        store.append(key, reading(1))
    store.drop(["gone", "never heard of"])
    assert store.window("gone").newest is None
    assert store.window("kept").newest is not None
