"""What holds for announced events whatever happens meanwhile."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logpipeline.core.occurrence import Occurrence
from logpipeline.core.readings import GroupState
from tests.unit.core.floors.given import MINUTE, PARTITIONS, World, one_stage, sale
from tests.unit.core.given import NOW

FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
SHORT = Occurrence(NOW, NOW + 2 * MINUTE, NOW + 3 * MINUTE, NOW + 5 * MINUTE, NOW + 6 * MINUTE)
"""All of it in six minutes, or 72 ticks."""
RATES = st.sampled_from([500, 8_000, 40_000, 200_000])
BOUNDS = st.fixed_dictionaries(
    {"maxReplicas": st.sampled_from([5, 30, 64, 200])}, optional={"minReplicas": st.integers(0, 5)}
)
EVENTS = st.sampled_from(["restart", "rebalance", "blind", "slow", "lost pods", "learned", "nothing"])
HAPPENINGS = st.dictionaries(st.integers(1, 85), EVENTS, max_size=8)


def play(world: World, happenings: dict[int, str], until: float = SHORT.over + 5.0) -> None:
    while world.now < until:
        happen(world, happenings.get(len(world.path), ""))
        world.tick()


def happen(world: World, what: str) -> None:
    match what:
        case "restart" if world.status is not None:
            world.restart()
        case "rebalance":
            calm = world.state is GroupState.STABLE
            world.state = GroupState.REBALANCING if calm else GroupState.STABLE
        case "blind":
            world.seen = not world.seen
        case "slow":
            world.start_seconds = 500.0 - world.start_seconds
        case "lost pods":
            world.ready //= 2
        case "learned":
            known = {"recordsPerSecond": 700 if world.now % 2 else 1_300, "learn": False}
            world.of = one_stage(capacity=known, maxReplicas=world.of.stages[0].scaling.max_replicas)


@FEW
@given(st.lists(RATES, min_size=1, max_size=3), BOUNDS, HAPPENINGS)
def test_a_floor_is_never_beyond_what_may_be_or_can_have_work(
    rates: Sequence[int], bounds: dict[str, int], happenings: dict[int, str]
) -> None:
    sales = tuple(sale(f"sale-{n}", SHORT, recordsPerSecond=rate) for n, rate in enumerate(rates))
    world = World(of=one_stage(**bounds), sales=sales)
    while world.now < SHORT.over:
        happen(world, happenings.get(len(world.path), ""))
        seen, most = world.seen, world.of.stages[0].scaling.max_replicas
        decision = world.tick().stages["index"]
        for floor in decision.floors:
            assert floor.replicas <= floor.planned <= most
            assert not seen or floor.planned <= PARTITIONS
        assert decision.replicas is not None
        assert decision.replicas >= max((floor.replicas for floor in decision.floors), default=0)


@FEW
@given(RATES, HAPPENINGS)
def test_there_is_no_dip_between_warming_and_start(rate: int, happenings: dict[int, str]) -> None:
    world = World(sales=(sale("sale", SHORT, recordsPerSecond=rate),))
    play(world, happenings, SHORT.warming)
    before = len(world.path)
    play(world, happenings, SHORT.start)
    path = world.path[before - 1 :]
    assert path == sorted(path), path


@FEW
@given(RATES, HAPPENINGS)
def test_the_same_happening_gives_the_same_path(rate: int, happenings: dict[int, str]) -> None:
    def played() -> World:
        world = World(sales=(sale("sale", SHORT, recordsPerSecond=rate),))
        play(world, happenings)
        return world

    one, other = played(), played()
    assert (one.path, one.told) == (other.path, other.told)


@FEW
@given(RATES, st.sets(st.integers(1, 85), max_size=5))
def test_restarts_change_no_count_of_the_warming(rate: int, moments: set[int]) -> None:
    """A new process may need one more look until it believes a group: two in a row are to be stable."""
    calm, shaken = (World(sales=(sale("sale", SHORT, recordsPerSecond=rate),)) for _ in range(2))
    play(calm, {}, SHORT.end)
    play(shaken, dict.fromkeys(moments, "restart"), SHORT.end)
    late = len(moments)
    assert all(
        count in calm.path[max(0, place - late) : place + 1] for place, count in enumerate(shaken.path)
    ), (calm.path, shaken.path)
    assert calm.told == shaken.told or len(calm.told) == len(shaken.told)


@FEW
@given(st.lists(RATES, min_size=2, max_size=4))
def test_several_events_never_ask_for_more_than_the_highest(rates: Sequence[int]) -> None:
    sales = tuple(sale(f"sale-{n}", SHORT, recordsPerSecond=rate) for n, rate in enumerate(rates))
    together, alone = World(sales=sales), World(sales=(sale("sale", SHORT, recordsPerSecond=max(rates)),))
    play(together, {})
    play(alone, {})
    assert together.path == alone.path


@FEW
@given(RATES, st.integers(14, 60))
def test_a_source_that_goes_away_keeps_the_floor(rate: int, moment: int) -> None:
    world = World(sales=(sale("sale", SHORT, recordsPerSecond=rate),))
    play(world, {moment: "blind"}, NOW + 5 * (moment - 14))
    before = world.replicas
    play(world, {}, SHORT.over)
    assert min(world.path[moment:], default=before) >= min(before, world.path[moment - 1])
