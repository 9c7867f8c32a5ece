"""KEDA goes from and to zero by itself, and leaves the rest to its HPA."""

from logpipeline.sim.policies import keda
from logpipeline.sim.setting import START
from tests.unit.sim.policies.given import asked, driven, nothing, sample, seen, setting

THRESHOLD = int(keda.LAG_SECONDS * 1_000)
LOOKS_PER_COOLDOWN = int(keda.COOLDOWN_SECONDS / keda.SYNC_SECONDS)


def test_what_waits_by_the_threshold_is_the_count() -> None:
    assert asked(keda.keda(setting()), START, seen(sample([THRESHOLD] * 4), 2)) == 4


def test_with_one_partition_more_than_one_replica_is_never_asked_for() -> None:
    assert driven(keda.keda(setting()), [50 * THRESHOLD] * 4, 1) == [1] * 4


def test_a_record_that_waits_wakes_a_stage_at_the_next_poll() -> None:
    """KEDA 2.18, "ScaledObject": from 0 to 1 by the `pollingInterval`, which is 30 s."""
    assert driven(keda.keda(setting(least=0)), [0, 1, 1], 0) == [0, 0, 1]


def test_a_stage_sleeps_five_minutes_after_it_was_active_last() -> None:
    """KEDA 2.18, "ScaledObject": `cooldownPeriod` is 300 s, from the last trigger that was active."""
    counts = driven(keda.keda(setting(least=0)), [1, *[0] * (LOOKS_PER_COOLDOWN + 4)], 1)
    assert counts.index(0) in (LOOKS_PER_COOLDOWN + 1, LOOKS_PER_COOLDOWN + 2)


def test_with_a_minimum_it_never_sleeps() -> None:
    assert driven(keda.keda(setting(least=1)), [0] * 60, 3)[-1] == 1


def test_the_marker_of_a_transaction_keeps_a_replica_alive_for_ever() -> None:
    assert driven(keda.keda(setting(least=0)), [1] * 200, 1)[-1] == 1


def test_what_waits_below_the_activation_threshold_wakes_nobody() -> None:
    given = setting(least=0)
    stage = given.spec.stages[0]
    scaling = stage.scaling.model_copy(update={"activation_backlog": 50})
    objects = keda.scaled_objects(given)
    assert objects["index"].trigger.activation_lag_threshold == 0
    spec = given.spec.model_copy(update={"stages": (stage.model_copy(update={"scaling": scaling}),)})
    told = type(given)(given.scenario.model_copy(update={"pipeline": spec}), given.arrivals)
    assert driven(keda.keda(told), [40] * 6, 0) == [0] * 6
    assert driven(keda.keda(told), [60] * 6, 0)[-1] == 1


def test_an_error_neither_wakes_nor_sends_to_sleep() -> None:
    """KEDA, `pkg/scaling/executor`: without a fallback an error leaves the count."""
    policy = keda.keda(setting(least=0))
    for look in range(100):
        at = START + look * keda.SYNC_SECONDS
        assert asked(policy, at, seen(nothing(at), 5)) == 5
    assert asked(keda.keda(setting(least=0)), START, seen(sample([9], missing=1), 5)) == 5


def test_its_threshold_knows_the_true_capacity_and_not_what_the_spec_guesses() -> None:
    objects = keda.scaled_objects(setting(capacity=400.0))
    assert objects["index"].trigger.lag_threshold == keda.LAG_SECONDS * 400
